# Copyright (c) Certwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Made by `certwright doc --write` from the modules in the binary: change it there.

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
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
            - Seconds that the zone's other name servers may need to follow. So long nobody is told to look at new
                records; for all records of a task it is waited once.
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
"""
