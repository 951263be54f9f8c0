#!/usr/bin/python
# Copyright (c) Certwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Made by `certwright doc --write` from the module in the binary: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: sectigo_acme_user
short_description: ACME accounts in Sectigo Certificate Manager
version_added: 0.1.0
description:
- Creates and removes the accounts that let ACME clients get certificates from Sectigo, and tells the address of their
    ACME server.
author:
- Certwright contributors (@certwright)
options:
  scm:
    required: true
  name:
    description:
    - Name of the account, at most 128 characters. SCM lets several accounts have one name; this module never makes a
        second one, and uses the oldest of several.
    type: str
    required: true
  organization:
    description:
    - The organization of the account, by name or id. Unset, it is the only one that the credentials see.
    type: str
  department:
    description:
    - A department of the organization in its place, by name or id.
    type: str
  acme_server:
    description:
    - The ACME server, by the name that SCM has for it or by its address. For a new account either this or
        O(validation_type) has to tell the server.
    type: str
  validation_type:
    description:
    - What is checked before a certificate is issued.
    type: str
    choices:
    - DV
    - OV
    - EV
  state:
    description:
    - Whether the account should exist. Removing it makes its clients unable to renew.
    type: str
    choices:
    - present
    - absent
  return_eab:
    description:
    - 'Return the pair for external account binding. Certwright''s own modules do not need it: they fetch it from SCM
        themselves. Set C(no_log) on the task.'
    type: bool
    default: false
  deadline:
    description:
    - Seconds that the task may take as a whole, all waiting and all retries included.
    type: int
    default: 600
notes:
- What the credentials may not do is listed in RV(manual_actions) and is no failure.
- A task costs a call to find the organization by its name, one for the ACME servers, and one for the accounts of the
    name.
- SCM was seen to refuse the removal of an account that no client has used yet.
seealso:
- module: certwright.fleet.sectigo_domain
- module: certwright.fleet.sectigo_user_domains
- name: RFC 8555
  link: https://www.rfc-editor.org/rfc/rfc8555#section-7.3.4
  description: External account binding.
extends_documentation_fragment:
- certwright.fleet.attributes
- certwright.fleet.scm
"""

EXAMPLES = r"""
- name: An ACME account for the web team
  certwright.fleet.sectigo_acme_user:
    name: web-team
    organization: Example University
    validation_type: OV
    scm:
      login: web-team
      password: "{{ vault_scm_password }}"
      customer_uri: university
  register: web_team

- name: Where its clients go
  ansible.builtin.debug:
    msg: "{{ web_team.account.directory_url }}"

- name: The pair for an ACME client that is not Certwright's
  certwright.fleet.sectigo_acme_user:
    name: appliance
    organization: Example University
    acme_server: https://acme.sectigo.com/v2/OV
    return_eab: true
  register: appliance
  no_log: true
"""

RETURN = r"""
account:
  description:
  - The account.
  returned: when known
  type: dict
  contains:
    id:
      description:
      - Its number in SCM. Missing in check mode if it would be created.
      returned: when known
      type: int
    name:
      description:
      - Its name.
      returned: success
      type: str
    acme_server:
      description:
      - The name of its ACME server.
      returned: success
      type: str
    directory_url:
      description:
      - The address of the ACME directory, as ACME clients need it.
      returned: when known
      type: str
    status:
      description:
      - C(pending) until the first client has registered, then C(valid).
      returned: when known
      type: str
    organization_id:
      description:
      - The number of its organization or department.
      returned: success
      type: int
    validation_type:
      description:
      - C(DV), C(OV) or C(EV).
      returned: when known
      type: str
eab:
  description:
  - The pair for external account binding, with O(return_eab=true).
  returned: when known
  type: dict
  contains:
    kid:
      description:
      - The key identifier.
      returned: success
      type: str
    hmac_key:
      description:
      - The HMAC key, base64url.
      returned: success
      type: str
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
