/* SPDX-License-Identifier: Apache-2.0 */
/* What the whole service shares. */

#include "service.h"

msa_service_t msa_service;
