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
attributes:
  check_mode:
    support: full
    description: Predicts what a run would do, by the same code, and writes nothing.
  diff_mode:
    support: full
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
