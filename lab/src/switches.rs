//! Behaviours that tests choose, mostly where public sources disagree.
//!
//! A switch has a dotted name (`acme.eab_policy`). The default is the
//! behaviour with the best evidence; `docs/lab.md` explains each one.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Declares the switches: wire name, field, type, default.
macro_rules! switches {
    ($($(#[$doc:meta])* $wire:literal $field:ident: $kind:ty = $default:expr;)*) => {
        /// Every switch with its present setting.
        #[derive(Clone, Debug, Deserialize, Serialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct Switches {
            $($(#[$doc])* #[serde(rename = $wire)] pub(crate) $field: $kind,)*
        }

        impl Default for Switches {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }
    };
}

/// Declares an enumeration of settings in snake case, the first by default.
macro_rules! settings {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident $(= $wire:literal)?),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $name { $($(#[$vdoc])* $(#[serde(rename = $wire)])? $variant),* }
    )*};
}

switches! {
    /// Certificate that the API endpoints present.
    "tls.certificate" tls_certificate: TlsCertificate = TlsCertificate::Valid;
    /// `host:port` of a DNS server for dns-01 and DCV; empty = only the tables.
    "dns.server" dns_server: String = String::new();

    "scm.enum_spelling" scm_enum_spelling: Spelling = Spelling::Constant;
    "scm.permission_failure" scm_permission_failure: PermissionFailure = PermissionFailure::BadRequest;
    "scm.domain_name_filter" scm_domain_name_filter: NameFilter = NameFilter::Substring;
    "scm.acme_name_filter" scm_acme_name_filter: NameFilter = NameFilter::Substring;
    "scm.page_default_size" scm_page_default_size: u64 = 20;
    "scm.page_max_size" scm_page_max_size: u64 = 200;
    "scm.total_count" scm_total_count: bool = true;
    "scm.page_duplicates" scm_page_duplicates: bool = false;
    "scm.page_shrinks" scm_page_shrinks: bool = false;
    "scm.unknown_enum" scm_unknown_enum: bool = false;
    "scm.extra_fields" scm_extra_fields: bool = false;
    "scm.invisible_reads" scm_invisible_reads: u32 = 0;
    "scm.unknown_id" scm_unknown_id: UnknownId = UnknownId::NotFound;
    "scm.delete_status" scm_delete_status: u16 = 204;
    "scm.delegation_approval" scm_delegation_approval: Approval = Approval::UnlessPrivileged;
    "scm.default_privileges" scm_default_privileges: DefaultPrivileges = DefaultPrivileges::Domain;
    "scm.suspend_by" scm_suspend_by: Who = Who::Mrao;
    "scm.domain_delete_by" scm_domain_delete_by: Who = Who::Manager;
    "scm.already_mapped" scm_already_mapped: AlreadyMapped = AlreadyMapped::Accepted;
    "scm.acme_server_form" scm_acme_server_form: AcmeServerForm = AcmeServerForm::Name;
    "scm.account_status_spelling" scm_account_status_spelling: StatusSpelling = StatusSpelling::Lower;
    "scm.account_names" scm_account_names: AccountNames = AccountNames::Repeatable;
    "scm.pending_account_delete" scm_pending_account_delete: AcceptOrRefuse = AcceptOrRefuse::Accepted;
    "scm.orders_restricted" scm_orders_restricted: bool = false;
    "scm.dcv_enabled" scm_dcv_enabled: bool = true;
    "scm.dcv_days" scm_dcv_days: i64 = 198;
    "scm.dcv_method_spelling" scm_dcv_method_spelling: DcvMethodSpelling = DcvMethodSpelling::Short;
    "scm.dcv_levels" scm_dcv_levels: DcvLevels = DcvLevels::Base;
    "scm.dcv_check_seconds" scm_dcv_check_seconds: i64 = 60;
    "scm.dcv_recheck_seconds" scm_dcv_recheck_seconds: i64 = 7200;
    "scm.dcv_rejects" scm_dcv_rejects: bool = false;
    "scm.dcv_http_port" scm_dcv_http_port: u16 = 5002;
    "scm.wildcard_inherits_after" scm_wildcard_inherits_after: i64 = 0;
    "scm.issue_seconds" scm_issue_seconds: i64 = 0;
    "scm.collect_pending" scm_collect_pending: CollectPending = CollectPending::Zero;
    "scm.order_approval" scm_order_approval: Approval = Approval::UnlessPrivileged;
    "scm.invisible_orders" scm_invisible_orders: u32 = 0;
    "scm.ca_rejects" scm_ca_rejects: bool = false;
    "scm.key_types" scm_key_types: bool = true;
    "scm.filter_spelling" scm_filter_spelling: FilterSpelling = FilterSpelling::Any;
    "scm.serial_filter" scm_serial_filter: SerialFilter = SerialFilter::Any;
    "scm.report_by" scm_report_by: Who = Who::Manager;
    "scm.report_lag_seconds" scm_report_lag_seconds: i64 = 0;
    "scm.renew_comments" scm_renew_comments: Kept = Kept::Kept;
    "scm.renewed_mark" scm_renewed_mark: RenewedMark = RenewedMark::AtOnce;
    "scm.dcv_orders" scm_dcv_orders: DcvOrders = DcvOrders::Both;
    "scm.dcv_pair" scm_dcv_pair: DcvPair = DcvPair::Stable;
    "scm.dcv_submit_reply" scm_dcv_submit_reply: SubmitReply = SubmitReply::Status;
    "scm.reason_code" scm_reason_code: NumberForm = NumberForm::Number;
    "scm.reason_code_required" scm_reason_code_required: bool = false;
    "scm.revoke_twice" scm_revoke_twice: RevokeTwice = RevokeTwice::AlreadyRevoked;
    "scm.renew_empty_string" scm_renew_empty_string: AcceptOrRefuse = AcceptOrRefuse::Refused;

    "oauth.token_seconds" oauth_token_seconds: i64 = 300;
    "oauth.expires_in" oauth_expires_in: bool = true;

    "acme.eab_required" acme_eab_required: bool = true;
    "acme.contact_required" acme_contact_required: bool = false;
    "acme.eab_policy" acme_eab_policy: EabPolicy = EabPolicy::SingleKey;
    "acme.new_account" acme_new_account: NewAccount = NewAccount::Normal;
    "acme.account_covers" acme_account_covers: AccountCovers = AccountCovers::Exact;
    "acme.authz_retry_after" acme_authz_retry_after: u64 = 300;
    "acme.persistent_dcv" acme_persistent_dcv: bool = false;
    "acme.nonce_reject_percent" acme_nonce_reject_percent: u64 = 0;
    "acme.challenge_seconds" acme_challenge_seconds: f64 = 0.0;
    "acme.challenge_retry_after" acme_challenge_retry_after: u64 = 1;
    "acme.challenge_error_inside" acme_challenge_error_inside: bool = false;
    "acme.http01_port" acme_http01_port: u16 = 5002;
    "acme.dns01" acme_dns01: BTreeMap<String, Vec<String>> = BTreeMap::new();
    "acme.finalize_hold_seconds" acme_finalize_hold_seconds: f64 = 0.0;
    "acme.processing_seconds" acme_processing_seconds: f64 = 0.5;
    "acme.retry_after" acme_retry_after: u64 = 1;
    "acme.html_500_polls" acme_html_500_polls: u32 = 0;
    "acme.certificate" acme_certificate: CertificateDefect = CertificateDefect::Good;
    "acme.alternate_chain" acme_alternate_chain: bool = true;
    "acme.validity_days" acme_validity_days: i64 = 199;
    "acme.p521" acme_p521: AcceptOrRefuse = AcceptOrRefuse::Accepted;
    "acme.ari" acme_ari: bool = true;
    "acme.ari_window" acme_ari_window: AriWindow = AriWindow::LastThird;
    "acme.ari_retry_after" acme_ari_retry_after: u64 = 21_600;
    "acme.replaces" acme_replaces: Replaces = Replaces::Accepted;

    "bigip.version" bigip_version: BigIpVersion = BigIpVersion::V16;
    "bigip.bash" bigip_bash: bool = true;
    "bigip.omit_source_path" bigip_omit_source_path: bool = false;
    "bigip.shows_passphrase" bigip_shows_passphrase: bool = false;
    "bigip.key_passphrase" bigip_key_passphrase: AcceptOrRefuse = AcceptOrRefuse::Accepted;
    "bigip.csr_password_key" bigip_csr_password_key: AcceptOrRefuse = AcceptOrRefuse::Accepted;
    "bigip.csr_partition" bigip_csr_partition: CsrPartition = CsrPartition::Honoured;
    "bigip.csr_after_move" bigip_csr_after_move: CsrAfterMove = CsrAfterMove::Stays;
    "bigip.ec_only" bigip_ec_only: Option<AcceptOrRefuse> = None;
    "bigip.no_sni_default" bigip_no_sni_default: AcceptOrRefuse = AcceptOrRefuse::Refused;
    "bigip.ssl_without_tcp" bigip_ssl_without_tcp: AcceptOrRefuse = AcceptOrRefuse::Refused;
    "bigip.gen_csr_password_key" bigip_gen_csr_password_key: AcceptOrRefuse = AcceptOrRefuse::Accepted;
    "bigip.hsm" bigip_hsm: bool = false;
    "bigip.app_service_edits" bigip_app_service_edits: AcceptOrRefuse = AcceptOrRefuse::Refused;
    "bigip.writes_ciphertext" bigip_writes_ciphertext: bool = false;
    "bigip.failed_transaction" bigip_failed_transaction: FailedTransaction = FailedTransaction::Failed;
    "bigip.select_expanded" bigip_select_expanded: SelectExpanded = SelectExpanded::Combined;
    "bigip.missing_source" bigip_missing_source: MissingSource = MissingSource::ExitCode;
    "bigip.sync_outcome" bigip_sync_outcome: SyncOutcome = SyncOutcome::Ok;
    "bigip.disk_full" bigip_disk_full: bool = false;
    "bigip.token_seconds" bigip_token_seconds: i64 = 1200;
    "bigip.token_requests" bigip_token_requests: u64 = 0;
    "bigip.restarting" bigip_restarting: Restarting = Restarting::Page;
    "bigip.sync_underway" bigip_sync_underway: SyncUnderway = SyncUnderway::NotAllDevicesSynced;
    "bigip.sync_conflict" bigip_sync_conflict: SyncConflict = SyncConflict::Overwritten;
    "bigip.sync_saves" bigip_sync_saves: bool = true;
    "bigip.validated_transaction" bigip_validated_transaction: ValidatedTransaction = ValidatedTransaction::Open;
    "bigip.missing_file" bigip_missing_file: MissingFile = MissingFile::NotFound;
    "bigip.empty_commit" bigip_empty_commit: EmptyCommit = EmptyCommit::NotFound;

    "panos.version" panos_version: PanosVersion = PanosVersion::V10;
    "panos.key_minutes" panos_key_minutes: i64 = 0;
    "panos.commit_seconds" panos_commit_seconds: f64 = 0.2;
    "panos.commit_fails" panos_commit_fails: String = String::new();
    "panos.p521" panos_p521: AcceptOrRefuse = AcceptOrRefuse::Refused;
    "panos.max_san_per_kind" panos_max_san_per_kind: usize = 4;
    "panos.bundle_over_csr" panos_bundle_over_csr: AcceptOrRefuse = AcceptOrRefuse::Accepted;
    "panos.intermediates" panos_intermediates: Intermediates = Intermediates::Both;
    "panos.rename" panos_rename: RenameFollows = RenameFollows::Follows;
    "panos.common_name_needed" panos_common_name_needed: bool = false;
    "panos.locks_released_by_commit" panos_locks_released_by_commit: bool = true;
    "panos.template_vsys" panos_template_vsys: AcceptOrRefuse = AcceptOrRefuse::Refused;
    "panos.disconnected" panos_disconnected: Vec<String> = Vec::new();
}

settings! {
    TlsCertificate { Valid, Expired, WrongHost }
    /// `VALIDATED` or `Validated`.
    Spelling { Constant, Label }
    PermissionFailure { BadRequest = "400", Forbidden = "403", Unauthorized = "401" }
    /// How the `name` filter compares; `star` takes `*` for any characters.
    NameFilter { Exact, Substring, Star }
    UnknownId { NotFound = "404", BadRequest = "400" }
    Approval { UnlessPrivileged, Always, Never }
    /// What a delegation without a privileges list allows.
    DefaultPrivileges { Domain, All }
    Who { Mrao, Manager }
    AlreadyMapped { Accepted, Reported }
    AcmeServerForm { Name, Url }
    StatusSpelling { Lower, Capital }
    AccountNames { Repeatable, Unique }
    AcceptOrRefuse { Accepted, Refused }
    DcvMethodSpelling { Short, Long }
    DcvLevels { Base, Any }
    CollectPending { Zero = "0", Processing = "-1400", NotCollectable = "-183", NotApproved = "-23", Empty, Text }
    NumberForm { Number, String }
    /// Which spelling of words the filters of the SSL list take.
    FilterSpelling { Any, Constant, Label }
    SerialFilter { Any, Colons, Plain }
    Kept { Kept, Dropped }
    /// Under which version validations are started and submitted.
    DcvOrders { Both, V1 = "v1" }
    /// When a renewed certificate is marked as such.
    RenewedMark { AtOnce, Never }
    /// Are the hashes of a validation the same at every start?
    DcvPair { Stable, Fresh }
    /// Whose members the answer to a submission has.
    SubmitReply { Status, Start }
    RevokeTwice { AlreadyRevoked = "-159", OnlyIssued = "-102" }
    EabPolicy { SingleKey, MultiClient }
    NewAccount { Normal, EabRefused, Suspended, RateLimited, ServerError, TermsRequired }
    /// Which names an account's entry `example.org` lets a client order.
    AccountCovers { Exact, Base }
    CertificateDefect { Good, WrongKey, MissingName, MissingChain }
    AriWindow { LastThird, Now }
    Replaces { Accepted, Malformed, Ignored }
    BigIpVersion { V13 = "13.1", V14 = "14.1", V16 = "16.1", V17 = "17.1" }
    CsrPartition { Honoured, Ignored }
    /// What becomes of a request whose file was moved away.
    CsrAfterMove { Gone, Stays }
    /// What the API of a device says while it restarts.
    Restarting { Page, Busy, Unregistered, McpdLost }
    /// How the device says that a file to import is not there.
    MissingSource { ExitCode, Database = "01070712" }
    /// How a commanded synchronization ends.
    SyncOutcome { Ok, Failure }
    /// The state of the group while configuration is copied.
    SyncUnderway { NotAllDevicesSynced, Syncing, ChangesPending }
    /// What a push without force does to changes of the receiver.
    SyncConflict { Overwritten, Kept }
    /// What a transaction looks like whose commit was refused.
    FailedTransaction { Failed, Gone }
    /// What a transaction is after it was looked at with `validateOnly`.
    ValidatedTransaction { Open, Gone, Completed }
    /// What the download of a file says that is not there.
    MissingFile { NotFound = "404", BadRequest = "400", Failure = "500" }
    /// `$select` together with `expandSubcollections`.
    SelectExpanded { Combined, Unexpanded, Refused }
    EmptyCommit { NotFound = "404", BadRequest = "400" }
    PanosVersion { V10 = "10.2", V11 = "11.1", V12 = "12.1" }
    /// Where a TLS service takes the authorities above its certificate from.
    Intermediates { Both, Bundle, Store }
    /// Whether mentions of a renamed entry follow it.
    RenameFollows { Follows, Stays }
}

impl Switches {
    /// Overlays some settings; an unknown name or a wrong value changes nothing.
    pub(crate) fn overlay(&mut self, changes: &Value) -> Result<(), String> {
        let Value::Object(changes) = changes else {
            return Err("an object of switches is expected".to_owned());
        };
        let mut all = serde_json::to_value(&*self).map_err(|error| error.to_string())?;
        let Some(settings) = all.as_object_mut() else {
            return Err("switches are no object".to_owned());
        };
        for (name, value) in changes {
            match settings.get_mut(name) {
                Some(setting) => *setting = value.clone(),
                None => return Err(format!("unknown switch {name}")),
            }
        }
        let next: Self = serde_json::from_value(all).map_err(|error| error.to_string())?;
        next.check()?;
        *self = next;
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        let seconds = 0.0..=86_400.0;
        let in_range = [
            (
                "scm.page_max_size",
                (1..=10_000).contains(&self.scm_page_max_size),
            ),
            (
                "scm.page_default_size",
                (1..=self.scm_page_max_size).contains(&self.scm_page_default_size),
            ),
            (
                "scm.delete_status",
                [200, 204].contains(&self.scm_delete_status),
            ),
            (
                "acme.nonce_reject_percent",
                self.acme_nonce_reject_percent <= 100,
            ),
            (
                "acme.challenge_seconds",
                seconds.contains(&self.acme_challenge_seconds),
            ),
            (
                "acme.finalize_hold_seconds",
                seconds.contains(&self.acme_finalize_hold_seconds),
            ),
            (
                "acme.processing_seconds",
                seconds.contains(&self.acme_processing_seconds),
            ),
            (
                "acme.validity_days",
                (1..=3650).contains(&self.acme_validity_days),
            ),
            (
                "bigip.token_seconds",
                (1..=36_000).contains(&self.bigip_token_seconds),
            ),
            ("scm.dcv_days", (0..=3650).contains(&self.scm_dcv_days)),
        ];
        match in_range.iter().find(|(_, fine)| !fine) {
            Some((name, _)) => Err(format!("{name}: value out of range")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn overlays_known_names_only() {
        let mut switches = Switches::default();
        switches
            .overlay(&json!({"acme.eab_policy": "multi_client", "scm.unknown_id": "400"}))
            .expect("known switches");
        assert_eq!(switches.acme_eab_policy, EabPolicy::MultiClient);
        assert_eq!(switches.scm_unknown_id, UnknownId::BadRequest);
        assert!(switches.overlay(&json!({"acme.eab": true})).is_err());
    }

    #[test]
    fn a_wrong_value_changes_nothing() {
        let mut switches = Switches::default();
        let changes = json!({"scm.total_count": false, "scm.page_default_size": 0});
        assert!(switches.overlay(&changes).is_err());
        assert!(switches.scm_total_count);
    }

    #[test]
    fn the_manual_has_every_switch_and_no_other() {
        let manual = include_str!("../../docs/lab.md");
        let (_, table) = manual.split_once("## Switches").expect("a chapter");
        let (table, _) = table.split_once("\n## ").expect("another chapter");
        let mut told: Vec<&str> = table
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
            .collect();
        let all = serde_json::to_value(Switches::default()).expect("JSON");
        let mut known: Vec<&str> = all
            .as_object()
            .expect("an object")
            .keys()
            .map(String::as_str)
            .collect();
        told.sort_unstable();
        known.sort_unstable();
        assert_eq!(told, known);
    }
}
