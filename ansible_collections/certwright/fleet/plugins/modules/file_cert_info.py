#!/usr/bin/python
# Copyright (c) Certwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Made by `certwright doc --write` from the module in the binary: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: file_cert_info
short_description: List the certificates that file_cert_deploy keeps on this host
version_added: 0.1.0
description:
- Reads what is in service, with the days that are left. Changes nothing.
author:
- Certwright contributors (@certwright)
attributes:
  diff_mode:
    support: N/A
options:
  dir:
    description:
    - The folder in which each site has a folder.
    type: path
    required: true
  name:
    description:
    - Only these sites.
    type: list
    elements: str
    aliases:
    - names
  deadline:
    description:
    - Seconds that the task may take as a whole, all waiting and all retries included.
    type: int
    default: 600
seealso:
- module: certwright.fleet.file_cert_deploy
extends_documentation_fragment:
- certwright.fleet.attributes
"""

EXAMPLES = r"""
- name: Certificates of this host
  certwright.fleet.file_cert_info:
    dir: /etc/ssl/sites
  become: true
  register: found

- name: Those that end within two weeks
  ansible.builtin.debug:
    msg: "{{ found.certificates | selectattr('days_left', 'lt', 14) }}"
"""

RETURN = r"""
certificates:
  description:
  - The certificates in service, sorted by site.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description:
      - The site.
      returned: success
      type: str
    algorithm:
      description:
      - V(rsa) or V(ecdsa).
      returned: success
      type: str
    key_matches:
      description:
      - Do key and certificate belong together?
      returned: success
      type: bool
    chain_complete:
      description:
      - Are the intermediates there?
      returned: success
      type: bool
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
