#!/usr/bin/python
# Copyright (c) Certwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Made by `certwright doc --write` from the module in the binary: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: sectigo_domain_info
short_description: The domains in Sectigo Certificate Manager
version_added: 0.1.0
description:
- Lists the domains with their delegations, the state of their validation and the days that are left.
author:
- Certwright contributors (@certwright)
attributes:
  diff_mode:
    support: N/A
options:
  scm:
    required: true
  name:
    description:
    - Only these names. Unset, all that the credentials see.
    type: list
    elements: str
    aliases:
    - names
  organization:
    description:
    - Only what is delegated to this organization, by name or id.
    type: str
  department:
    description:
    - Only what is delegated to this department, by name or id.
    type: str
  expires_within:
    description:
    - Only what is not validated, or not for longer than so many days. C(*.) twins are judged by the domain that they
        inherit from, too.
    type: int
  deadline:
    description:
    - Seconds that the task may take as a whole, all waiting and all retries included.
    type: int
    default: 600
notes:
- It costs a call for the organizations, one for those that wait for approval, one for the report of domains, one for
    each 200 validations, and one for each 200 domains of each organization and department; none for a single domain.
- Credentials that may not see validations get their ends from the report.
seealso:
- module: certwright.fleet.sectigo_domain
- module: certwright.fleet.sectigo_domain_validation
extends_documentation_fragment:
- certwright.fleet.attributes
- certwright.fleet.scm
"""

EXAMPLES = r"""
- name: What somebody has to look after
  certwright.fleet.sectigo_domain_info:
    organization: Example University
    expires_within: 30
  register: ending
"""

RETURN = r"""
domains:
  description:
  - The domains, sorted by name.
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
      returned: success
      type: int
    state:
      description:
      - C(ACTIVE) or C(SUSPENDED). Missing for credentials that may make no reports.
      returned: when known
      type: str
    delegated_to:
      description:
      - The organizations and departments that the domain is delegated to, or was asked for.
      returned: success
      type: list
      elements: dict
      contains:
        id:
          description:
          - Its number in SCM.
          returned: success
          type: int
        name:
          description:
          - Its name.
          returned: success
          type: str
    awaiting_approval:
      description:
      - Is there a delegation that waits for approval, and none that is approved?
      returned: success
      type: bool
    validation_status:
      description:
      - 'Domain control validation: C(VALIDATED), C(NOT_VALIDATED), C(EXPIRED). Missing if the customer does not have
          it, like the next four.'
      returned: when known
      type: str
    validation_method:
      description:
      - How it was validated.
      returned: when known
      type: str
    order_status:
      description:
      - The validation under way.
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
