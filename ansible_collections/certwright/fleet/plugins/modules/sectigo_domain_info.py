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
  check_mode:
    support: full
    description: Predicts what a run would do, by the same code, and writes nothing.
  diff_mode:
    support: N/A
    description: Shows the state before and after.
  idempotent:
    support: full
    description: A second run with the same options changes nothing.
  async:
    support: none
    description: Runs with the C(async) keyword.
  action_group:
    support: full
    membership:
    - certwright.fleet.sectigo
    description: Takes defaults from C(module_defaults) of an action group.
options:
  scm:
    description:
    - How to reach Sectigo Certificate Manager (SCM), and with which credentials.
    - 'There are three kinds of credentials. O(scm.login), O(scm.password) and O(scm.customer_uri) are those of an
        administrator; with O(scm.client_cert) and O(scm.client_key) in place of the password the administrator proves
        itself by a certificate; O(scm.client_id) and O(scm.client_secret) are those of an OAuth2 API client. Set them
        once with C(module_defaults: {group/certwright.fleet.sectigo: {scm: ...}}).'
    type: dict
    required: true
    suboptions:
      url:
        description:
        - Address of the API. Unset, it is C(https://cert-manager.com/api), or
            C(https://admin.enterprise.sectigo.com/api) for OAuth2.
        - With a client certificate, C(/api) becomes C(/private/api) by itself.
        type: str
      login:
        description:
        - Name of the administrator.
        type: str
      password:
        description:
        - Password of the administrator. A freshly made API-only administrator has to log in to the web interface once
            and change it before the API accepts it.
        type: str
      customer_uri:
        description:
        - The customer's name in the address of the login page, C(https://cert-manager.com/customer/<customer_uri>).
        type: str
      client_cert:
        description:
        - PEM file with the client certificate that is assigned to the administrator, and its chain.
        type: path
      client_key:
        description:
        - PEM file with the key of the client certificate.
        type: path
      token_url:
        description:
        - Address of the OAuth2 token service. Unset, it is Sectigo's.
        - 'O(scm.fingerprint) is not about this server: it is checked by CA.'
        type: str
      client_id:
        description:
        - Name of the OAuth2 API client.
        type: str
      client_secret:
        description:
        - Secret of the OAuth2 API client.
        type: str
      ca_path:
        description:
        - A PEM file with the CA certificates to trust, in place of the system's store.
        type: path
      fingerprint:
        description:
        - SHA-256 fingerprint of the server's own certificate, as hexadecimal digits with or without colons. Exactly
            this certificate is accepted then, whoever signed it.
        type: str
      validate_certs:
        description:
        - V(false) turns all checks of the server's certificate off, and says so in a warning.
        type: bool
        default: true
      proxy:
        description:
        - URL of a proxy, in place of the one from the environment (C(HTTPS_PROXY), C(NO_PROXY)).
        type: str
      connect_timeout:
        description:
        - Seconds that it may take to connect.
        type: int
        default: 10
      timeout:
        description:
        - Seconds that one request may take. Slow answers are normal for certificate authorities.
        type: int
        default: 300
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
