#!/usr/bin/python
# Copyright (c) Certwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Made by `certwright doc --write` from the module in the binary: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: sectigo_certificate
short_description: Certificates in Sectigo Certificate Manager
version_added: 0.1.0
description:
- Orders a certificate for a CSR by SCM's enrollment API, waits for it and returns it with its chain; renews, replaces
    and revokes certificates; approves and declines requests.
- 'Nothing is stored on this side: an order carries the fingerprint of its key in its comments, so that any later run,
    anywhere, finds it again.'
author:
- Certwright contributors (@certwright)
options:
  scm:
    required: true
  state:
    description:
    - What should be true of the certificate.
    type: str
    choices:
    - present
    - revoked
    - replaced
    - approved
    - declined
    default: present
  csr:
    description:
    - The request, PKCS#10 in PEM, with a common name. The certificate gets the DNS names that stand in it, or the
        common name alone if there are none. For O(state=present) and O(state=replaced).
    type: str
  organization:
    description:
    - The organization that orders, by name or id. Unset, it is the only one that the credentials see.
    type: str
  department:
    description:
    - The department that orders, by name or id.
    type: str
  profile:
    description:
    - 'SCM''s enrollment API: the certificate profile, by name or id. Names need not be unique there. Another profile
        counts for new keys; a certificate of another one is told of by a warning.'
    type: str
  term:
    description:
    - 'SCM''s enrollment API: days of validity, one of the profile''s terms. Unset, it is the longest.'
    type: int
  requester:
    description:
    - 'SCM''s enrollment API: e-mail addresses of those who asked for the certificate. SCM notifies them.'
    type: list
    elements: str
    default: []
  comments:
    description:
    - 'SCM''s enrollment API: text for people. A mark by which later runs find the order again is added to it.'
    type: str
  custom_fields:
    description:
    - 'SCM''s enrollment API: values of custom fields, a dictionary from their names.'
    type: raw
    default: {}
  approve:
    description:
    - 'SCM''s enrollment API: approve the order if it waits for approval and the credentials may. If they may not,
        RV(manual_actions) says so, and a later run collects the certificate.'
    type: bool
    default: false
  reorder:
    description:
    - 'SCM''s enrollment API: order anew although the last order for this key was declined, rejected or revoked.'
    type: bool
    default: false
  renew:
    description:
    - 'O(state=present): when a certificate of the same key gets a successor. O(renew.ari) means nothing here.'
    type: dict
    suboptions:
      days:
        description:
        - Renew when fewer than this many days are left. Without it, C(share) decides alone.
        type: int
      share:
        description:
        - Renew when this share of the certificate's life is over. The default suits every length of life, today's 200
            days as well as the 47 of 2029.
        type: float
        default: 0.667
      ari:
        description:
        - Ask the CA when it suggests to renew (ARI, RFC 9773), and follow it when that is earlier. A CA that does not
            answer never holds a renewal up.
        type: bool
        default: true
  id:
    description:
    - Number of the certificate or request in SCM, for all states but V(present).
    type: int
  serial:
    description:
    - Its serial number, in any spelling, in place of O(id).
    type: str
  reason:
    description:
    - 'O(state=revoked): why.'
    type: str
    choices:
    - unspecified
    - key_compromise
    - affiliation_changed
    - superseded
    - cessation_of_operation
    default: unspecified
  message:
    description:
    - Text that SCM keeps with an approval, a revocation and the like, at most 512 characters.
    type: str
  deadline:
    description:
    - Seconds that the task may take as a whole, all waiting and all retries included.
    type: int
    default: 600
notes:
- 'A certificate that waits for approval or for the CA is no failure: RV(waiting) says what for, RV(manual_actions) who
    must act, and the same task collects it in a later run.'
- 'An order is never placed again because its reply was lost: it is looked for, now and in the next run.'
- 'A new certificate costs six calls: profiles, two looks for earlier orders, the order, its state, the certificate. An
    organization that is given by name costs one more.'
- Check mode cannot know what the credentials may do, and assumes that they may.
seealso:
- module: certwright.fleet.sectigo_certificate_info
- module: certwright.fleet.certificate
- module: certwright.fleet.sectigo_domain_validation
extends_documentation_fragment:
- certwright.fleet.attributes
- certwright.fleet.scm
"""

EXAMPLES = r"""
- name: A certificate for a request that was made elsewhere
  certwright.fleet.sectigo_certificate:
    csr: "{{ lookup('ansible.builtin.file', 'www.csr') }}"
    organization: Example University
    profile: OV SSL
    requester: [web@example.org]
    custom_fields: {Ticket: T-42}
    scm:
      login: web-team
      password: "{{ vault_scm_password }}"
      customer_uri: university
  register: www

- name: Somebody else has to approve it; the same task collects it in a later run
  ansible.builtin.debug:
    msg: "{{ www.waiting }}"
  when: www.waiting is defined

- name: Approve what a colleague has asked for
  certwright.fleet.sectigo_certificate:
    id: 8001
    state: approved
    message: Seen by the web team

- name: The key is lost to somebody
  certwright.fleet.sectigo_certificate:
    serial: "0A:1B:2C"
    state: revoked
    reason: key_compromise
    message: The host was broken into
"""

RETURN = r"""
certificate:
  description:
  - The certificate in PEM, for O(state=present) and O(state=replaced), as soon as there is one.
  returned: when known
  type: str
chain:
  description:
  - The intermediates in PEM, nearest to the certificate first.
  returned: when known
  type: str
fullchain:
  description:
  - Certificate and intermediates.
  returned: when known
  type: str
facts:
  description:
  - Facts of the certificate.
  returned: when known
  type: dict
  contains:
    names:
      description:
      - DNS names, sorted.
      returned: success
      type: list
      elements: str
    subject:
      description:
      - Subject, as a distinguished name.
      returned: success
      type: str
    issuer:
      description:
      - Issuer, as a distinguished name.
      returned: success
      type: str
    serial:
      description:
      - Serial number, hexadecimal.
      returned: success
      type: str
    not_before:
      description:
      - First moment of validity (RFC 3339, UTC).
      returned: success
      type: str
    not_after:
      description:
      - Last moment of validity (RFC 3339, UTC).
      returned: success
      type: str
    days_left:
      description:
      - Whole days until then; negative if it is over.
      returned: success
      type: int
    sha256_fingerprint:
      description:
      - SHA-256 fingerprint of the certificate, hexadecimal. Some appliances do not show it.
      returned: when known
      type: str
order:
  description:
  - What SCM says of it.
  returned: when known
  type: dict
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
waiting:
  description:
  - What a certificate that is not there yet waits for.
  returned: when known
  type: str
actions:
  description:
  - What was done, or in check mode would be done.
  returned: success
  type: list
  elements: str
  choices:
  - approve
  - decline
  - revoke
  - enroll
  - renew
  - replace
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
