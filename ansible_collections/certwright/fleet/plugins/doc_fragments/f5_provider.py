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
    - How to reach a BIG-IP, and with which credentials.
    - It takes the block that the collection C(f5networks.f5_modules) takes.
    type: dict
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
"""
