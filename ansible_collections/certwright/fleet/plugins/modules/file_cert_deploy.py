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
attributes:
  check_mode:
    support: full
    description: Predicts what a run would do, by the same code, and writes nothing.
  diff_mode:
    support: full
    description: Shows the state before and after.
  idempotent:
    support: full
    description: A second run with the same options changes nothing.
  async:
    support: none
    description: Runs with the C(async) keyword.
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
  issuer:
    description:
    - The CA that signs, and the account it knows us by.
    type: dict
    suboptions:
      type:
        description:
        - 'V(sectigo_acme) orders by ACME from Sectigo and gets the account''s EAB pair from SCM by itself;
            V(sectigo_enrollment) orders by SCM''s enrollment API, which has OV, EV and private certificates and may
            want a person''s approval; V(acme) orders from any ACME CA; V(external) leaves the signature to somebody
            else: the task returns the CSR, and takes the certificate in a later run.'
        type: str
        choices:
        - sectigo_acme
        - sectigo_enrollment
        - acme
        - external
        required: true
      account:
        description:
        - 'V(sectigo_acme): name of the ACME account in SCM.'
        type: str
      organization:
        description:
        - 'V(sectigo_acme): the account''s organization, by name or id. Needed if several organizations have accounts of
            that name. V(sectigo_enrollment): the organization that orders; unset, it is the only one that the
            credentials see.'
        type: str
      department:
        description:
        - 'V(sectigo_acme): the account''s department, by name or id. V(sectigo_enrollment): the department that
            orders.'
        type: str
      profile:
        description:
        - 'SCM''s enrollment API: the certificate profile, by name or id. Names need not be unique there. Another
            profile counts for new keys; a certificate of another one is told of by a warning.'
        type: str
      term:
        description:
        - 'SCM''s enrollment API: days of validity, one of the profile''s terms. Unset, it is the longest.'
        type: int
      requester:
        description:
        - 'SCM''s enrollment API: e-mail addresses of those who asked for the certificate. SCM notifies them.'
        type: list
        elements: str
        default: []
      comments:
        description:
        - 'SCM''s enrollment API: text for people. A mark by which later runs find the order again is added to it.'
        type: str
      custom_fields:
        description:
        - 'SCM''s enrollment API: values of custom fields, a dictionary from their names.'
        type: raw
        default: {}
      approve:
        description:
        - 'SCM''s enrollment API: approve the order if it waits for approval and the credentials may. If they may not,
            RV(manual_actions) says so, and a later run collects the certificate.'
        type: bool
        default: false
      reorder:
        description:
        - 'SCM''s enrollment API: order anew although the last order for this key was declined, rejected or revoked.'
        type: bool
        default: false
      revocation:
        description:
        - 'V(sectigo_acme) and V(sectigo_enrollment): ask SCM whether the certificate in service was revoked or replaced
            there, and get another one at once if so. It costs one call, and never fails a run.'
        type: bool
        default: true
      acme_server:
        description:
        - 'V(sectigo_acme): name or directory URL of the ACME server, if there are accounts of the same name for
            several.'
        type: str
      directory:
        description:
        - 'V(acme): URL of the CA''s directory.'
        type: str
      eab:
        description:
        - 'V(acme): external account binding, if the CA wants it.'
        - The ACME account's key is derived from it, so that no key has to be kept.
        type: dict
        suboptions:
          kid:
            description:
            - Key identifier.
            type: str
            required: true
          hmac_key:
            description:
            - HMAC key, base64url.
            type: str
            required: true
      account_key:
        description:
        - 'V(acme) without C(eab): the key of the ACME account, a P-256 key in PEM (PKCS#8). Keep it in a vault.'
        type: str
      contact:
        description:
        - E-mail addresses that the CA may write to.
        type: list
        elements: str
        default: []
      preferred_root:
        description:
        - Part of the name of the root certificate that the chain should lead to, where the CA offers several chains.
        type: str
      issuer_name:
        description:
        - Part of the issuer's name. A certificate from another issuer is replaced, and a new one from another issuer is
            not put into service.
        type: str
      webroot:
        description:
        - Document root of a web server on this host, under which http-01 challenges are answered. Not needed for names
            that the CA has validated beforehand, which is the usual case with Sectigo.
        type: path
      dns:
        description:
        - A name server on which dns-01 challenges are answered, by dynamic update (RFC 2136). Names with a wildcard
            that the CA has not validated beforehand need it.
        type: dict
        suboptions:
          server:
            description:
            - Name or address of the zones' primary name server.
            type: str
            required: true
          port:
            description:
            - Its port (TCP).
            type: int
            default: 53
          zone:
            description:
            - The zone to write to. Unset, the server is asked which of its zones holds the name.
            type: str
          key_name:
            description:
            - Name of the TSIG key.
            type: str
            required: true
          key_secret:
            description:
            - The TSIG key, base64, as in the server's configuration.
            type: str
            required: true
          key_algorithm:
            description:
            - Algorithm of the TSIG key.
            type: str
            choices:
            - hmac-sha256
            - hmac-sha384
            - hmac-sha512
            default: hmac-sha256
          ttl:
            description:
            - Seconds that others may keep a record.
            type: int
            default: 300
          propagation:
            description:
            - Seconds that the zone's other name servers may need to follow. So long nobody is told to look at a new
                record.
            type: int
            default: 0
      certificates:
        description:
        - 'V(external): the signed certificates with their chains, in PEM and any order: a list, a dictionary of them,
            or one text. Each is used where its key is.'
        type: raw
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
