#!/usr/bin/python
# Copyright (c) Certwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Made by `certwright doc --write` from the module in the binary: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: sectigo_certificate_info
short_description: The certificates in Sectigo Certificate Manager
version_added: 0.1.0
description:
- Lists certificates and requests of all ways of ordering, ACME included, with what SCM knows of them.
author:
- Certwright contributors (@certwright)
attributes:
  diff_mode:
    support: N/A
options:
  scm:
    required: true
  id:
    description:
    - Number of one certificate; other filters are not looked at then.
    type: int
  organization:
    description:
    - Organization or department, by name or id.
    type: str
  department:
    description:
    - Department, by name or id.
    type: str
  common_name:
    description:
    - Common name. Like all filters of text it is compared as SCM likes to.
    type: str
  subject_alternative_name:
    description:
    - A subject alternative name.
    type: str
  status:
    description:
    - State, such as V(Issued) or V(Requested).
    type: str
  expires_within:
    description:
    - Certificates that end within so many days.
    type: int
  profile:
    description:
    - Number of the certificate profile.
    type: int
  serial:
    description:
    - Serial number, in any spelling.
    type: str
  issuer:
    description:
    - Who issued it.
    type: str
  vendor:
    description:
    - The CA's company.
    type: str
  requester:
    description:
    - The administrator who asked for it.
    type: str
  external_requester:
    description:
    - An address for which it was asked.
    type: str
  requested_via:
    description:
    - How it was asked for, such as V(REST) or V(ACME).
    type: str
  install_status:
    description:
    - State of an installation by SCM itself, such as V(NOT_STARTED).
    type: str
  renewal_status:
    description:
    - State of a renewal by SCM itself, such as V(NOT_SCHEDULED).
    type: str
  signature_algorithm:
    description:
    - Algorithm of the signature.
    type: str
  key_algorithm:
    description:
    - Algorithm of the key.
    type: str
  key_param:
    description:
    - Size or curve of the key.
    type: str
  sha1_hash:
    description:
    - SHA-1 fingerprint.
    type: str
  sha256_hash:
    description:
    - SHA-256 fingerprint.
    type: str
  md5_hash:
    description:
    - MD5 fingerprint.
    type: str
  key_usage:
    description:
    - A key usage.
    type: str
  extended_key_usage:
    description:
    - An extended key usage.
    type: str
  details:
    description:
    - Read the details of each certificate, one call each, where a list has to be used. Without it entries of lists have
        C(id), C(common_name), C(names) and C(serial) only.
    type: bool
    default: false
  deadline:
    description:
    - Seconds that the task may take as a whole, all waiting and all retries included.
    type: int
    default: 600
notes:
- 'Filters by organization, O(common_name), O(status), O(external_requester) and O(expires_within) are answered by a
    report: one call for any number of certificates, with all facts. Other filters, and credentials that may make no
    reports, need the list: a call for 200 entries, and with O(details) one more for each.'
seealso:
- module: certwright.fleet.sectigo_certificate
- module: certwright.fleet.sectigo_domain_info
extends_documentation_fragment:
- certwright.fleet.attributes
- certwright.fleet.scm
"""

EXAMPLES = r"""
- name: What ends within a month
  certwright.fleet.sectigo_certificate_info:
    organization: Example University
    status: Issued
    expires_within: 30
    scm:
      login: web-team
      password: "{{ vault_scm_password }}"
      customer_uri: university
  register: ending

- name: Which certificate is this?
  certwright.fleet.sectigo_certificate_info:
    serial: "0A:1B:2C"
    details: true
"""

RETURN = r"""
certificates:
  description:
  - The certificates, oldest first.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description:
      - Its number in SCM.
      returned: success
      type: int
    common_name:
      description:
      - Common name.
      returned: success
      type: str
    names:
      description:
      - Subject alternative names.
      returned: success
      type: list
      elements: str
    status:
      description:
      - C(REQUESTED), C(APPROVED), C(APPLIED), C(ISSUED), C(DECLINED), C(REJECTED), C(INVALID), C(REVOKED), C(EXPIRED),
          C(REPLACED).
      returned: when known
      type: str
    organization:
      description:
      - Number of the organization or department.
      returned: when known
      type: int
    profile:
      description:
      - Number of the profile.
      returned: when known
      type: int
    profile_name:
      description:
      - Name of the profile.
      returned: success
      type: str
    term:
      description:
      - Days of validity that were asked for.
      returned: when known
      type: int
    serial:
      description:
      - Serial number as SCM shows it, C(0A:1B).
      returned: when known
      type: str
    issuer:
      description:
      - Issuer.
      returned: success
      type: str
    key:
      description:
      - Kind of the key, C(EC - P-256).
      returned: success
      type: str
    requester:
      description:
      - The administrator who asked for it.
      returned: success
      type: str
    external_requester:
      description:
      - Addresses of those for whom it was asked.
      returned: success
      type: str
    comments:
      description:
      - Text for people.
      returned: success
      type: str
    requested_via:
      description:
      - How it was asked for, C(REST API) or C(ACME).
      returned: success
      type: str
    requested:
      description:
      - The day on which it was asked for, C(YYYY-MM-DD), like all days here.
      returned: when known
      type: str
    approved:
      description:
      - The day on which it was approved.
      returned: when known
      type: str
    declined:
      description:
      - The day on which it was declined.
      returned: when known
      type: str
    issued:
      description:
      - The day on which it was issued.
      returned: when known
      type: str
    expires:
      description:
      - The last day of its validity.
      returned: when known
      type: str
    days_left:
      description:
      - Days until then; negative if it is over.
      returned: when known
      type: int
    revoked:
      description:
      - The day on which it was revoked.
      returned: when known
      type: str
    reason_code:
      description:
      - Why, by the numbers of RFC 5280.
      returned: when known
      type: int
    replaced:
      description:
      - The day on which it got another key.
      returned: when known
      type: str
    renewed:
      description:
      - Has it a successor?
      returned: when known
      type: bool
    custom_fields:
      description:
      - Values of custom fields.
      returned: success
      type: raw
manual_actions:
  description:
  - What a person has to do, because the credentials in use may not. Empty if there is nothing.
  returned: always
  type: list
  elements: dict
  contains:
    system:
      description:
      - Where.
      returned: success
      type: str
    object:
      description:
      - The object concerned.
      returned: success
      type: str
    right:
      description:
      - The right that is missing, in the words of that system; empty when no right would help.
      returned: success
      type: str
    action:
      description:
      - What to do.
      returned: success
      type: str
"""
