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
    - How to reach a firewall or Panorama, and with which credentials.
    - It takes the block that the collection C(paloaltonetworks.panos) takes.
    type: dict
    required: true
    suboptions:
      ip_address:
        description:
        - Name or address of the management interface.
        type: str
        required: true
      port:
        description:
        - Port of the management interface.
        type: int
        default: 443
      username:
        description:
        - An administrator whose role allows configuration, operational requests, commit, import and export over the XML
            API. Without O(provider.api_key), a key is fetched for this user.
        type: str
        default: admin
      password:
        description:
        - Password of the user.
        type: str
      api_key:
        description:
        - An API key, in place of the password.
        type: str
      serial_number:
        description:
        - Serial number of the firewall that is meant, where O(provider.ip_address) is a Panorama that passes requests
            on.
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
