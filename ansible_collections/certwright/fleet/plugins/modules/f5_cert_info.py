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
options:
  provider:
    description:
    - How to reach a BIG-IP, and with which credentials.
    - It takes the block that the collection C(f5networks.f5_modules) takes.
    type: dict
    required: true
    suboptions:
      server:
        description:
        - Name or address of the management interface.
        type: str
        required: true
      server_port:
        description:
        - Port of the management interface; V(8443) on cloud instances with a single interface.
        type: int
        default: 443
      user:
        description:
        - 'A user with the role Administrator: others may neither upload files nor read requests.'
        type: str
        required: true
      password:
        description:
        - Password of the user.
        type: str
        required: true
        aliases:
        - pass
        - pwd
      auth_provider:
        description:
        - Who knows the user, where that is not the device itself or what it asks by default.
        type: str
        default: tmos
      transport:
        description:
        - Only V(rest) is spoken.
        type: str
        choices:
        - rest
      no_f5_teem:
        description:
        - 'Without meaning here: nothing is ever reported to F5.'
        type: bool
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
