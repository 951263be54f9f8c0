#!/usr/bin/python
# Copyright (c) Certwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Made by `certwright doc --write` from the module in the binary: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: file_cert_deploy
short_description: Keep a site's certificates in files on the host that serves them
version_added: 0.1.0
description:
- Makes the key on this host, has it signed, puts certificate and chain beside it, switches all of them into service by
    one rename, has the server reload, and proves by a TLS handshake that the new certificate is served. Only then the
    old one is removed.
- Run it on the web host itself. A run that is killed anywhere is finished by the next one.
- The files are C(<dir>/<name>/<rsa or ecdsa>/{privkey,cert,chain,fullchain}.pem).
author:
- Certwright contributors (@certwright)
options:
  name:
    description:
    - What the site is called; names its folder. Unset, it is the first of O(names).
    type: str
  names:
    description:
    - DNS names of the certificate. The first one is its common name.
    type: list
    elements: str
  key:
    description:
    - Kind of the key. With one RSA and one ECDSA kind the site gets a certificate of each, and the server picks what a
        client can do.
    type: list
    elements: str
    choices:
    - rsa-2048
    - rsa-3072
    - rsa-4096
    - ecdsa-p256
    - ecdsa-p384
    - ecdsa-p521
    default:
    - ecdsa-p256
  dir:
    description:
    - Folder in which each site has a folder.
    type: path
    required: true
  owner:
    description:
    - Owner of all files, by name or number.
    type: str
  group:
    description:
    - Group of all files, by name or number.
    type: str
  mode:
    description:
    - Mode of files that hold no key, as octal digits in quotes.
    type: str
    default: '0644'
  key_mode:
    description:
    - Mode of files that hold a key. The rest of the world is always kept out.
    type: str
    default: '0600'
  directory_mode:
    description:
    - Mode of the site's folders.
    type: str
    default: '0700'
  pkcs12:
    description:
    - A keystore beside the PEM files.
    type: dict
    suboptions:
      passphrase:
        description:
        - Passphrase of the keystore, V(keystore.p12).
        type: str
        required: true
  reload:
    description:
    - 'Have the server test its configuration and reload, and take the switch back if it refuses: V(nginx), V(apache),
        or a dictionary with the commands V(test) and V(reload), each a list of words. Unset, a handler that listens to
        this task does it.'
    type: raw
  verify:
    description:
    - Prove by a TLS handshake that the certificate is served; V(false) turns it off. With O(reload) the default is to
        look at port 443 of this host.
    - If a certificate of the site was served before and the new one is not, the switch is taken back.
    type: raw
  renew:
    description:
    - When a certificate that is otherwise as it should be is renewed.
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
  force:
    description:
    - Get a new certificate although the present one is as it should be.
    type: bool
    default: false
  state:
    description:
    - V(absent) removes the site's folder, with its keys.
    type: str
    choices:
    - present
    - absent
  deadline:
    description:
    - Seconds that the task may take as a whole, all waiting and all retries included.
    type: int
    default: 600
notes:
- Where the web host cannot reach the CA, use an O(issuer) of type V(external) and have the CSR signed with
    M(certwright.fleet.certificate) on the controller. The role P(certwright.fleet.site#role) does so.
seealso:
- module: certwright.fleet.certificate
- module: certwright.fleet.file_cert_info
- module: certwright.fleet.sectigo_acme_user
- name: RFC 8555
  link: https://www.rfc-editor.org/rfc/rfc8555
  description: Automatic Certificate Management Environment (ACME)
extends_documentation_fragment:
- certwright.fleet.attributes
- certwright.fleet.scm
- certwright.fleet.issuer
"""

EXAMPLES = r"""
- name: A site with an ECDSA certificate from Sectigo, served by nginx
  certwright.fleet.file_cert_deploy:
    names: [www.example.org, example.org]
    issuer:
      type: sectigo_acme
      account: web-team
    dir: /etc/ssl/sites
    reload: nginx
  become: true

- name: RSA and ECDSA side by side, from another CA
  certwright.fleet.file_cert_deploy:
    names: [www.example.org]
    key: [rsa-3072, ecdsa-p256]
    issuer:
      type: acme
      directory: https://ca.example.org/acme/directory
      eab:
        kid: '{{ acme_kid }}'
        hmac_key: '{{ acme_hmac_key }}'
    dir: /etc/ssl/sites
    reload: apache
    verify:
      address: 192.0.2.7
      port: 8443
  become: true

- name: Only a CSR, to be signed elsewhere
  certwright.fleet.file_cert_deploy:
    names: [www.example.org]
    issuer:
      type: external
    dir: /etc/ssl/sites
  register: site
"""

RETURN = r"""
name:
  description:
  - The site.
  returned: success
  type: str
certificates:
  description:
  - One entry for each kind of key.
  returned: success
  type: list
  elements: dict
  contains:
    key:
      description:
      - Kind of the key.
      returned: success
      type: str
    action:
      description:
      - 'What was done, or in check mode would be: V(keep), V(issue), V(activate) (an earlier run had prepared it),
          V(bind) (the server is made to take notice), V(request) (key and CSR are made, the signature comes from
          elsewhere), or V(wait) (for that signature).'
      returned: success
      type: str
    reasons:
      description:
      - 'Why, a word each: V(missing), V(names_changed), V(key_changed), V(issuer_changed), V(expiring), V(ari_window),
          V(revoked), V(key_mismatch), V(chain_incomplete), V(not_bound), V(forced).'
      returned: success
      type: list
      elements: str
    because:
      description:
      - Why, in sentences.
      returned: success
      type: list
      elements: str
    proven:
      description:
      - Did a handshake show the certificate?
      returned: success
      type: bool
    waiting:
      description:
      - What is waited for.
      returned: when known
      type: str
    paths:
      description:
      - The files to name in a server's configuration. They stay the same when the certificate changes.
      returned: success
      type: dict
      contains:
        privkey:
          description:
          - The key, PKCS#8 in PEM.
          returned: success
          type: str
        cert:
          description:
          - The certificate alone.
          returned: success
          type: str
        chain:
          description:
          - The intermediates.
          returned: success
          type: str
        fullchain:
          description:
          - Certificate and intermediates.
          returned: success
          type: str
        keystore:
          description:
          - Everything as PKCS#12, if O(pkcs12) is given.
          returned: when known
          type: str
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
csrs:
  description:
  - Requests that wait for a signature, by kind of key, in PEM (issuer of type V(external)).
  returned: success
  type: raw
repairs:
  description:
  - What was set right without a new certificate.
  returned: success
  type: list
  elements: str
retired:
  description:
  - Versions and remains that were removed.
  returned: success
  type: list
  elements: str
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
