/* SPDX-License-Identifier: Apache-2.0 */
#include "service.h"

msa_service_t msa_service;
