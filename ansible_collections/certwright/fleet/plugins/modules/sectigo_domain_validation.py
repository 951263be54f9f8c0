#!/usr/bin/python
# Copyright (c) Certwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Made by `certwright doc --write` from the module in the binary: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: sectigo_domain_validation
short_description: Keep domains validated in Sectigo Certificate Manager
version_added: 0.1.0
description:
- Reads how the domain control validation (DCV) of many domains stands, starts and submits what is missing or ends soon,
    publishes the DNS records by dynamic update (RFC 2136, TSIG) or returns what to publish, and removes records of
    earlier validations.
- One task takes many names; one that fails does not keep the others from being done.
author:
- Certwright contributors (@certwright)
options:
  scm:
    required: true
  name:
    description:
    - Names whose control shall be validated. What is validated is the topmost domain above each that SCM has; names
        below it and C(*.) inherit.
    type: list
    elements: str
    required: true
    aliases:
    - names
  method:
    description:
    - How control is shown.
    type: str
    choices:
    - cname
    - txt
    - http
    - https
    - email
    default: cname
  days:
    description:
    - Renew a validation that ends within so many days, but not before half of its time is over.
    - A validation holds for 198 days today, and for 10 from 2029 on. More than half of it costs one more call for each
        domain.
    type: int
    default: 30
  dns:
    description:
    - A name server to publish the record on, by dynamic update. Unset, RV(records) and RV(files) tell what to publish,
        and O(published) goes on afterwards.
    type: dict
    suboptions:
      server:
        description:
        - Name or address of the zones' primary name server.
        type: str
        required: true
      port:
        description:
        - Its port (TCP).
        type: int
        default: 53
      zone:
        description:
        - The zone to write to. Unset, the server is asked which of its zones holds the name.
        type: str
      key_name:
        description:
        - Name of the TSIG key.
        type: str
        required: true
      key_secret:
        description:
        - The TSIG key, base64, as in the server's configuration.
        type: str
        required: true
      key_algorithm:
        description:
        - Algorithm of the TSIG key.
        type: str
        choices:
        - hmac-sha256
        - hmac-sha384
        - hmac-sha512
        default: hmac-sha256
      ttl:
        description:
        - Seconds that others may keep a record.
        type: int
        default: 300
      propagation:
        description:
        - Seconds that the zone's other name servers may need to follow. So long nobody is told to look at new records;
            for all records of a task it is waited once.
        type: int
        default: 0
  published:
    description:
    - 'What an earlier task returned in RV(records) or RV(files) is in place: tell SCM to look.'
    type: bool
    default: false
  email:
    description:
    - 'O(method=email): the address to write to, one of those that SCM offers; or its part before the C(@), such as
        V(hostmaster), for the address of each domain.'
    type: str
  clean:
    description:
    - 'O(dns): remove records of earlier validations of the same domain when a new one is published. It needs a zone
        transfer, which the server must allow to the same key.'
    type: bool
    default: true
  wait:
    description:
    - Seconds to wait for the CA's look, at all domains together. It looks at once if asked to, but an unlucky order may
        take hours; without waiting, a later run sees the result.
    type: int
    default: 0
  deadline:
    description:
    - Seconds that the task may take as a whole, all waiting and all retries included.
    type: int
    default: 600
notes:
- 'What the credentials may not do is listed in RV(manual_actions) and is no failure. That the CA has yet to look is a
    state, not an error: RV(domains[].waiting).'
- To read the state costs one call for each of up to three names, and one for each 200 domains of SCM for more; each
    validation that is due costs three or four more.
- Check mode cannot know what the credentials may do, and assumes that they may. Records are known to it only if a
    validation has been started.
seealso:
- module: certwright.fleet.sectigo_domain
- module: certwright.fleet.sectigo_domain_info
- name: RFC 2136
  link: https://www.rfc-editor.org/rfc/rfc2136
  description: Dynamic updates of the domain name system.
extends_documentation_fragment:
- certwright.fleet.attributes
- certwright.fleet.scm
"""

EXAMPLES = r"""
- name: Domains stay validated, by records on our own name server
  certwright.fleet.sectigo_domain_validation:
    name: [example.org, example.net]
    days: 60
    dns:
      server: ns1.example.org
      key_name: certwright
      key_secret: "{{ vault_tsig_secret }}"
    scm:
      login: web-team
      password: "{{ vault_scm_password }}"
      customer_uri: university

- name: The same with a name server that another module writes to
  certwright.fleet.sectigo_domain_validation:
    name: example.org
  register: validation

- name: Publish what is asked for
  community.general.nsupdate:
    server: 192.0.2.53
    zone: example.org
    record: "{{ item.name }}."
    type: "{{ item.type }}"
    value: "{{ item.value }}."
  loop: "{{ validation.records }}"

- name: Have it looked at
  certwright.fleet.sectigo_domain_validation:
    name: example.org
    published: true
    wait: 300
  when: validation.records | length > 0
"""

RETURN = r"""
domains:
  description:
  - An entry for each validated domain, in the order of the names.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description:
      - The domain that is validated.
      returned: success
      type: str
    covers:
      description:
      - The names of the task that it is validated for.
      returned: success
      type: list
      elements: str
    validation_status:
      description:
      - C(VALIDATED), C(NOT_VALIDATED), C(EXPIRED), or C(UNKNOWN).
      returned: success
      type: str
    order_status:
      description:
      - 'The order under way: C(NOT_INITIATED) if there is none, C(AWAITING_SUBMISSION), C(SUBMITTED), C(REJECTED).'
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
      - clear
      - start
      - publish
      - submit
    reasons:
      description:
      - Why.
      returned: success
      type: list
      elements: str
      choices:
      - not_validated
      - expired
      - expiring
      - rejected
      - other_method
    record:
      description:
      - The record that proves control, published by this task or not.
      returned: when known
      type: dict
      contains:
        name:
          description:
          - Absolute, without the final dot.
          returned: success
          type: str
        type:
          description:
          - The types in question.
          returned: success
          type: str
          choices:
          - CNAME
          - TXT
        value:
          description:
          - Target of a C(CNAME) without the final dot, or the text of a C(TXT) without quotes.
          returned: success
          type: str
    waiting:
      description:
      - What the validation waits for.
      returned: when known
      type: str
    error:
      description:
      - What went wrong with this domain.
      returned: when known
      type: str
records:
  description:
  - Records that have to be there now, and that this task has not published itself.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description:
      - Absolute, without the final dot.
      returned: success
      type: str
    type:
      description:
      - The types in question.
      returned: success
      type: str
      choices:
      - CNAME
      - TXT
    value:
      description:
      - Target of a C(CNAME) without the final dot, or the text of a C(TXT) without quotes.
      returned: success
      type: str
files:
  description:
  - Files that have to be there now.
  returned: success
  type: list
  elements: dict
  contains:
    url:
      description:
      - Where the CA looks for it.
      returned: success
      type: str
    path:
      description:
      - Its path below the web server's document root.
      returned: success
      type: str
    content:
      description:
      - What must stand in it.
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
