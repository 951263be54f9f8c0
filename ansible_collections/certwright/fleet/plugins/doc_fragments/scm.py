# Copyright (c) Certwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Made by `certwright doc --write` from the modules in the binary: change it there.

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
attributes:
  action_group:
    support: full
    membership:
    - certwright.fleet.sectigo
    description: Takes defaults from C(module_defaults) of an action group.
options:
  scm:
    description:
    - How to reach Sectigo Certificate Manager (SCM), and with which credentials.
    - 'There are three kinds of credentials. O(scm.login), O(scm.password) and O(scm.customer_uri) are those of an
        administrator; with O(scm.client_cert) and O(scm.client_key) in place of the password the administrator proves
        itself by a certificate; O(scm.client_id) and O(scm.client_secret) are those of an OAuth2 API client. Set them
        once with C(module_defaults: {group/certwright.fleet.sectigo: {scm: ...}}).'
    type: dict
    suboptions:
      url:
        description:
        - Address of the API. Unset, it is C(https://cert-manager.com/api), or
            C(https://admin.enterprise.sectigo.com/api) for OAuth2.
        - With a client certificate, C(/api) becomes C(/private/api) by itself.
        type: str
      login:
        description:
        - Name of the administrator.
        type: str
      password:
        description:
        - Password of the administrator. A freshly made API-only administrator has to log in to the web interface once
            and change it before the API accepts it.
        type: str
      customer_uri:
        description:
        - The customer's name in the address of the login page, C(https://cert-manager.com/customer/<customer_uri>).
        type: str
      client_cert:
        description:
        - PEM file with the client certificate that is assigned to the administrator, and its chain.
        type: path
      client_key:
        description:
        - PEM file with the key of the client certificate.
        type: path
      token_url:
        description:
        - Address of the OAuth2 token service. Unset, it is Sectigo's.
        - 'O(scm.fingerprint) is not about this server: it is checked by CA.'
        type: str
      client_id:
        description:
        - Name of the OAuth2 API client.
        type: str
      client_secret:
        description:
        - Secret of the OAuth2 API client.
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
