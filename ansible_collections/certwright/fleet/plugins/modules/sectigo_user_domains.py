#!/usr/bin/python
# Copyright (c) Certwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Made by `certwright doc --write` from the module in the binary: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: sectigo_user_domains
short_description: Domains of an ACME account in Sectigo Certificate Manager
version_added: 0.1.0
description:
- Maps domains to an ACME account, so that its clients may order certificates for them, or takes them away.
- SCM adds what it likes and names the rest without a reason. This module looks for the reason.
author:
- Certwright contributors (@certwright)
options:
  scm:
    required: true
  account:
    description:
    - The ACME account, by name or id.
    type: str
    required: true
  organization:
    description:
    - The organization of the account, by name or id. Unset, the account is looked for in all that the credentials see.
    type: str
  department:
    description:
    - A department of the organization in its place, by name or id.
    type: str
  acme_server:
    description:
    - The ACME server of the account, by name or address, to tell accounts of one name apart.
    type: str
  domains:
    description:
    - 'Names that the account''s clients may order certificates for. An entry is good for that name only: add C(*.)
        entries, or each name of a certificate.'
    type: list
    elements: str
    required: true
  state:
    description:
    - What the account should have.
    type: str
    choices:
    - present
    - exact
    - absent
  deadline:
    description:
    - Seconds that the task may take as a whole, all waiting and all retries included.
    type: int
    default: 600
notes:
- A name that SCM refuses fails the task after everything else was done. If all it waits for is an approval, it is
    listed in RV(manual_actions) and RV(refused), and the task does not fail.
- In check mode all missing names count as added.
- A task costs a call to find the organization by its name, one to find the account by its name, and one per 200 domains
    that it has; with something to change, one more to change it and another look.
seealso:
- module: certwright.fleet.sectigo_acme_user
- module: certwright.fleet.sectigo_domain
extends_documentation_fragment:
- certwright.fleet.attributes
- certwright.fleet.scm
"""

EXAMPLES = r"""
- name: What the web team's ACME clients may order
  certwright.fleet.sectigo_user_domains:
    account: web-team
    organization: Example University
    domains: [example.org, "*.example.org", www.example.net]
    scm:
      login: web-team
      password: "{{ vault_scm_password }}"
      customer_uri: university

- name: This and nothing else, credentials from module_defaults
  certwright.fleet.sectigo_user_domains:
    account: appliance
    organization: Example University
    domains: [vpn.example.org]
    state: exact

- name: Not any more
  certwright.fleet.sectigo_user_domains:
    account: web-team
    organization: Example University
    domains: [old.example.org]
    state: absent
"""

RETURN = r"""
added:
  description:
  - What was added, or in check mode would be.
  returned: success
  type: list
  elements: str
removed:
  description:
  - What was removed, or in check mode would be.
  returned: success
  type: list
  elements: str
refused:
  description:
  - What SCM did not add, and the likely cause.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description:
      - The name.
      returned: success
      type: str
    cause:
      description:
      - The likely cause; SCM does not tell it.
      returned: success
      type: str
      choices:
      - not_registered
      - suspended
      - not_delegated
      - awaiting_approval
      - certificate_type
      - not_covered
      - orders_restricted
      - unknown
    action:
      description:
      - What to do about it.
      returned: success
      type: str
domains:
  description:
  - All domains of the account afterwards.
  returned: success
  type: list
  elements: str
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
