#!/usr/bin/python
# Copyright (c) Certwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Made by `certwright doc --write` from the module in the binary: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: f5_cert_info
short_description: Tell which certificates an F5 BIG-IP holds, and where it presents them
version_added: 0.1.0
description:
- Joins certificates, client SSL profiles and virtual servers, which the device lists apart.
author:
- Certwright contributors (@certwright)
attributes:
  diff_mode:
    support: N/A
options:
  provider:
    required: true
  partition:
    description:
    - Only certificates of this partition.
    type: str
  within_days:
    description:
    - Only certificates that end within this many days.
    type: int
  used:
    description:
    - 'V(true): only certificates that a client SSL profile presents.'
    type: bool
    default: false
  deadline:
    description:
    - Seconds that the task may take as a whole, all waiting and all retries included.
    type: int
    default: 600
notes:
- Any role that may read the partitions concerned will do.
seealso:
- module: certwright.fleet.f5_cert_deploy
extends_documentation_fragment:
- certwright.fleet.attributes
- certwright.fleet.f5_provider
"""

EXAMPLES = r"""
- name: What ends within a month and is in use
  certwright.fleet.f5_cert_info:
    provider:
      server: bigip1.example.org
      user: reader
      password: "{{ vault_f5_reader }}"
    within_days: 30
    used: true
  delegate_to: localhost
  register: soon
"""

RETURN = r"""
certificates:
  description:
  - The certificates, the first to end first. Those that came with the device are left out.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description:
      - Full path.
      returned: success
      type: str
    names:
      description:
      - DNS names, sorted.
      returned: success
      type: list
      elements: str
    subject:
      description:
      - Subject, as the device writes it.
      returned: success
      type: str
    issuer:
      description:
      - Issuer, as the device writes it.
      returned: success
      type: str
    serial:
      description:
      - Serial number, hexadecimal.
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
    key:
      description:
      - Kind of the key.
      returned: when known
      type: str
    sha256_fingerprint:
      description:
      - SHA-256 fingerprint, hexadecimal (from release 14.1).
      returned: when known
      type: str
    profiles:
      description:
      - Client SSL profiles that present it, or have it in a chain.
      returned: success
      type: list
      elements: dict
      contains:
        path:
          description:
          - Full path.
          returned: success
          type: str
        role:
          description:
          - V(certificate) or V(chain).
          returned: success
          type: str
        server_name:
          description:
          - Server name for SNI.
          returned: when known
          type: str
        sni_default:
          description:
          - Is it for clients that send no server name?
          returned: success
          type: bool
        virtual_servers:
          description:
          - Where it is used.
          returned: success
          type: list
          elements: dict
          contains:
            path:
              description:
              - Full path.
              returned: success
              type: str
            destination:
              description:
              - Address and port, as the device writes them.
              returned: success
              type: str
            enabled:
              description:
              - Does it answer?
              returned: success
              type: bool
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
