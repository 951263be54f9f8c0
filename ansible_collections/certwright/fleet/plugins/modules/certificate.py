#!/usr/bin/python
# Copyright (c) Certwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Made by `certwright doc --write` from the module in the binary: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: certificate
short_description: Have a certificate signing request signed
version_added: 0.1.0
description:
- Takes a CSR that was made where its key is, orders a certificate for it and returns it with its chain, checked and in
    order.
- 'It keeps nothing, so every run gets another certificate: run it only when a CSR waits.'
author:
- Certwright contributors (@certwright)
options:
  issuer:
    required: true
  csr:
    description:
    - The request, PKCS#10 in PEM. The certificate gets the names that stand in it.
    type: str
    required: true
  deadline:
    description:
    - Seconds that the task may take as a whole, all waiting and all retries included.
    type: int
    default: 600
notes:
- In check mode nothing is ordered, and no certificate is returned.
seealso:
- module: certwright.fleet.file_cert_deploy
extends_documentation_fragment:
- certwright.fleet.attributes
- certwright.fleet.scm
- certwright.fleet.issuer
"""

EXAMPLES = r"""
- name: Sign on the controller what was made on a host that cannot reach the CA
  certwright.fleet.certificate:
    csr: "{{ site.csrs['ecdsa-p256'] }}"
    issuer:
      type: sectigo_acme
      account: web-team
  delegate_to: localhost
  register: signed
"""

RETURN = r"""
certificate:
  description:
  - The certificate in PEM. Not in check mode, and not while it is waited for.
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
waiting:
  description:
  - What a certificate that is not there yet waits for.
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
