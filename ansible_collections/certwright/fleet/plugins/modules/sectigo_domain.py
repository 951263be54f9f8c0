#!/usr/bin/python
# Copyright (c) Certwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Made by `certwright doc --write` from the module in the binary: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: sectigo_domain
short_description: Domains in Sectigo Certificate Manager
version_added: 0.1.0
description:
- Adds domains, delegates them to an organization, approves the delegation, suspends, activates or removes them, and
    tells how their domain control validation (DCV) stands.
- One task takes many names; one that fails does not keep the others from being done.
author:
- Certwright contributors (@certwright)
options:
  scm:
    required: true
  name:
    description:
    - Names of domains. C(example.org) and C(*.example.org) are two domains in SCM.
    type: list
    elements: str
    required: true
    aliases:
    - names
  description:
    description:
    - Text for people, at most 255 characters. It is written when a domain is added; SCM has no way to change it later,
        so it is not compared.
    type: str
  organization:
    description:
    - The organization that may use the domains, by name or id. Unset, it is the only one that the credentials see.
    type: str
  department:
    description:
    - A department of the organization that may use the domains in its place, by name or id.
    type: str
  certificate_types:
    description:
    - Kinds of certificates that the delegation has to allow. It may allow more.
    type: list
    elements: str
    choices:
    - SSL
    - SMIME
    - CodeSign
    default:
    - SSL
  request_privileges:
    description:
    - Which names the delegation has to allow requests for. It may allow more. Unset, SCM chooses when the domain is
        added, and it is not compared.
    type: list
    elements: str
    choices:
    - DOMAIN
    - SUBDOMAIN
    - WILDCARD_1ST_LEVEL
    - WILDCARD_2ND_LEVEL
  wildcard:
    description:
    - Do the same for C(*.) in front of each name.
    type: bool
    default: false
  approve:
    description:
    - Approve a delegation that waits for approval, if the credentials may. If they may not, RV(manual_actions) says so,
        and the task goes on; every run tries again. V(false) only tells what waits.
    type: bool
    default: true
  state:
    description:
    - Where the domains should be.
    type: str
    choices:
    - present
    - absent
    - suspended
    default: present
  deadline:
    description:
    - Seconds that the task may take as a whole, all waiting and all retries included.
    type: int
    default: 600
notes:
- What the credentials may not do is listed in RV(manual_actions) and is no failure. That a delegation waits for
    approval is a state, not an error.
- Check mode cannot know what the credentials may do, and assumes that they may.
- A task costs a call to find an organization by its name, a call per name to find up to three names (or a page of 200
    of all domains to find more), and a call per name that exists.
seealso:
- module: certwright.fleet.sectigo_acme_user
- module: certwright.fleet.sectigo_user_domains
extends_documentation_fragment:
- certwright.fleet.attributes
- certwright.fleet.scm
"""

EXAMPLES = r"""
- name: The domains of the web team, with their wildcards
  certwright.fleet.sectigo_domain:
    name: [example.org, example.net]
    wildcard: true
    organization: Example University
    description: Web team
    scm:
      login: web-team
      password: "{{ vault_scm_password }}"
      customer_uri: university
  register: domains

- name: Somebody has to approve what we may not
  ansible.builtin.debug:
    msg: "{{ item.object }}: {{ item.action }}"
  loop: "{{ domains.manual_actions }}"

- name: A domain for a department, credentials from module_defaults
  certwright.fleet.sectigo_domain:
    name: library.example.org
    organization: Example University
    department: Library
    request_privileges: [DOMAIN, SUBDOMAIN]

- name: Not needed any more
  certwright.fleet.sectigo_domain:
    name: old.example.org
    organization: Example University
    state: absent
"""

RETURN = r"""
domains:
  description:
  - An entry for each name, in the order of the names, C(*.) twins after their names.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description:
      - In lower case, international labels as C(xn--...).
      returned: success
      type: str
    id:
      description:
      - Its number in SCM.
      returned: when known
      type: int
    state:
      description:
      - C(ACTIVE), C(SUSPENDED), or C(ABSENT).
      returned: success
      type: str
    delegation_status:
      description:
      - 'State of the delegation to the organization: C(ACTIVE), C(REQUESTED) if it waits for approval.'
      returned: when known
      type: str
    validation_status:
      description:
      - 'Domain control validation: C(VALIDATED), C(NOT_VALIDATED), C(EXPIRED). Missing if the customer does not have
          it, like the next three.'
      returned: when known
      type: str
    validation_method:
      description:
      - How it was validated, such as C(CNAME_CSR_HASH).
      returned: when known
      type: str
    dcv_expiration:
      description:
      - The day on which the validation ends, C(YYYY-MM-DD).
      returned: when known
      type: str
    days_left:
      description:
      - Days until then; negative if it is over.
      returned: when known
      type: int
    actions:
      description:
      - What was done, or in check mode would be done.
      returned: success
      type: list
      elements: str
      choices:
      - create
      - activate
      - suspend
      - delegate
      - approve
      - withdraw
      - delete
    reasons:
      description:
      - Why.
      returned: success
      type: list
      elements: str
      choices:
      - missing
      - suspended
      - active
      - not_delegated
      - delegation_incomplete
      - awaiting_approval
      - unwanted
    error:
      description:
      - What went wrong with this name.
      returned: when known
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
