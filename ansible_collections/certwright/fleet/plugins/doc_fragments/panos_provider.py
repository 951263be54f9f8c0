# Copyright (c) Certwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Made by `certwright doc --write` from the modules in the binary: change it there.

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  provider:
    description:
    - How to reach a firewall or Panorama, and with which credentials.
    - It takes the block that the collection C(paloaltonetworks.panos) takes.
    type: dict
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
"""
