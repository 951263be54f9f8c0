#!/usr/bin/python
# Copyright (c) Certwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Made by `certwright doc --write` from the module in the binary: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: certificate
short_description: Have a certificate signing request signed
version_added: 0.1.0
description:
- Takes a CSR that was made where its key is, orders a certificate for it and returns it with its chain, checked and in
    order.
- 'It keeps nothing, so every run gets another certificate: run it only when a CSR waits.'
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
  issuer:
    description:
    - The CA that signs, and the account it knows us by.
    type: dict
    required: true
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
  csr:
    description:
    - The request, PKCS#10 in PEM. The certificate gets the names that stand in it.
    type: str
    required: true
  deadline:
    description:
    - Seconds that the task may take as a whole, all waiting and all retries included.
    type: int
    default: 600
notes:
- In check mode nothing is ordered, and no certificate is returned.
seealso:
- module: certwright.fleet.file_cert_deploy
"""

EXAMPLES = r"""
- name: Sign on the controller what was made on a host that cannot reach the CA
  certwright.fleet.certificate:
    csr: "{{ site.csrs['ecdsa-p256'] }}"
    issuer:
      type: sectigo_acme
      account: web-team
  delegate_to: localhost
  register: signed
"""

RETURN = r"""
certificate:
  description:
  - The certificate in PEM. Not in check mode, and not while it is waited for.
  returned: when known
  type: str
chain:
  description:
  - The intermediates in PEM, nearest to the certificate first.
  returned: when known
  type: str
fullchain:
  description:
  - Certificate and intermediates.
  returned: when known
  type: str
waiting:
  description:
  - What a certificate that is not there yet waits for.
  returned: when known
  type: str
facts:
  description:
  - Facts of the certificate.
  returned: when known
  type: dict
  contains:
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
