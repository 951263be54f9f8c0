#!/usr/bin/python
# Copyright (c) Certwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Made by `certwright doc --write` from the module in the binary: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: panos_cert_info
short_description: Tell which certificates a Palo Alto Networks device holds, and which profiles present them
version_added: 0.1.0
description:
- Reads the candidate configuration, so that requests and changes that are not committed are seen.
author:
- Certwright contributors (@certwright)
attributes:
  diff_mode:
    support: N/A
options:
  provider:
    required: true
  vsys:
    description:
    - Virtual system of certificates and profiles, or V(shared) for all of them.
    type: str
    default: shared
  template:
    description:
    - 'On Panorama: the template of certificates and profiles. Without it they are Panorama''s own.'
    type: str
  template_stack:
    description:
    - 'On Panorama: the template stack of certificates and profiles.'
    type: str
  panorama:
    description:
    - V(true) if O(provider) is a Panorama and the certificates are its own.
    type: bool
    default: false
  within_days:
    description:
    - Only certificates that end within this many days.
    type: int
  used:
    description:
    - 'V(true): only certificates that a service profile presents.'
    type: bool
    default: false
  deadline:
    description:
    - Seconds that the task may take as a whole, all waiting and all retries included.
    type: int
    default: 600
notes:
- A role that may read the configuration and run operational requests will do.
seealso:
- module: certwright.fleet.panos_cert_deploy
extends_documentation_fragment:
- certwright.fleet.attributes
- certwright.fleet.panos_provider
"""

EXAMPLES = r"""
- name: What ends within a month and is in use
  certwright.fleet.panos_cert_info:
    provider:
      ip_address: fw1.example.org
      username: reader
      password: "{{ vault_firewall_reader }}"
    within_days: 30
    used: true
  delegate_to: localhost
  register: soon
"""

RETURN = r"""
version:
  description:
  - Release of the software.
  returned: success
  type: str
model:
  description:
  - Model of the device.
  returned: success
  type: str
serial_number:
  description:
  - Serial number of the device.
  returned: success
  type: str
certificates:
  description:
  - The certificates, the first to end first.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description:
      - Name of the entry.
      returned: success
      type: str
    state:
      description:
      - V(request) (a CSR waits for its certificate), V(certificate) (with its key), V(authority) (no key), or
          V(revoked).
      returned: success
      type: str
    key:
      description:
      - Kind of the key.
      returned: when known
      type: str
    profiles:
      description:
      - SSL/TLS service profiles that present it.
      returned: success
      type: list
      elements: str
    pending:
      description:
      - Administrators with changes of it that are not committed.
      returned: success
      type: list
      elements: str
    names:
      description:
      - DNS names, sorted.
      returned: when known
      type: list
      elements: str
    subject:
      description:
      - Subject, as a distinguished name.
      returned: when known
      type: str
    issuer:
      description:
      - Issuer, as a distinguished name.
      returned: when known
      type: str
    serial:
      description:
      - Serial number, hexadecimal.
      returned: when known
      type: str
    not_before:
      description:
      - First moment of validity (RFC 3339, UTC).
      returned: when known
      type: str
    not_after:
      description:
      - Last moment of validity (RFC 3339, UTC).
      returned: when known
      type: str
    days_left:
      description:
      - Whole days until then; negative if it is over.
      returned: when known
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
