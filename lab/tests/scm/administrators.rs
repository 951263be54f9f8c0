//! Making, changing and deleting administrators, and what is noted of it.

use crate::common::{Lab, Scm};
use crate::names;
use serde_json::{Value, json};

const PASSWORD: &str = "a long enough password";

fn wish(login: &str, role: &str, organization: u64) -> Value {
    json!({
        "login": login,
        "email": format!("{login}@example.org"),
        "forename": "Ada",
        "surname": "Lovelace",
        "password": PASSWORD,
        "credentials": [{"role": role, "orgId": organization}],
    })
}

/// The wish with some members changed, or taken away by null.
fn changed(mut wish: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().expect("an object") {
        wish[name] = value.clone();
    }
    wish
}

async fn made(scm: &Scm<'_>, wish: &Value) -> String {
    let answer = scm.post("/admin/v1", wish).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    format!("/admin/v1/{}", answer.location_id())
}

#[tokio::test]
async fn bad_wishes_make_no_administrator() {
    let lab = Lab::start();
    let scm = lab.scm("mrao-admin");
    let good = || wish("new-one", "RAO_SSL", 101);
    for (changes, code) in [
        (json!({"login": null}), -1001),
        (json!({"password": null}), -1001),
        (json!({"credentials": null}), -1001),
        (json!({"credentials": []}), -1001),
        (json!({"surname": " "}), -1001),
        (json!({"login": "ab"}), -1001),
        (json!({"login": "not allowed"}), -1601),
        (json!({"login": "web-team"}), -1601),
        (json!({"surname": "<b>"}), -1601),
        (json!({"email": "nobody"}), -237),
        (json!({"password": "short"}), -7306),
        (json!({"password": "is new-one secret"}), -982),
        (json!({"type": "IDP"}), -1601),
        (json!({"identityProviderId": 1}), -1601),
        (json!({"privileges": ["flying"]}), -1601),
        (json!({"certificateSerialNumber": "xyz"}), -1601),
        (
            json!({"credentials": [{"role": "KING", "orgId": 101}]}),
            -1002,
        ),
        (json!({"credentials": [{"role": "RAO_SSL"}]}), -221),
        (
            json!({"credentials": [{"role": "RAO_SSL", "orgId": 999}]}),
            -1023,
        ),
        (
            json!({"credentials": [{"role": "RAO_SSL", "orgId": 102}]}),
            -1601,
        ),
        (
            json!({"credentials": [
                {"role": "RAO_SSL", "orgId": 101}, {"role": "DRAO_SSL", "orgId": 102},
            ]}),
            -222,
        ),
        (
            json!({"credentials": [{"role": "RAO_SMIME", "orgId": 101}],
                   "privileges": ["allowDCV"]}),
            -255,
        ),
    ] {
        let answer = scm.post("/admin/v1", &changed(good(), &changes)).await;
        answer.is_refused(400, code);
    }
    let answer = scm.send("POST", "/admin/v1", Some("[]".to_owned())).await;
    answer.is_refused(400, -1002);
    let count = scm.get("/admin/v1").await;
    assert_eq!(count.header("x-total-count"), Some("6"));
}

#[tokio::test]
async fn administrators_reach_down_and_peers_need_a_privilege() {
    let lab = Lab::start();
    let team = lab.scm("web-team");
    let department = made(&team, &wish("dep-team", "DRAO_SSL", 103)).await;
    let refused = [
        (wish("peer", "RAO_SSL", 101), -233),
        (wish("mailer", "DRAO_SMIME", 102), -233),
        (wish("stranger", "DRAO_SSL", 105), -226),
        (
            changed(
                wish("rich", "DRAO_SSL", 102),
                &json!({"privileges": ["viewUsage"]}),
            ),
            -234,
        ),
    ];
    for (wish, code) in refused {
        let answer = team.post("/admin/v1", &wish).await;
        answer.is_refused(400, code);
    }
    let limited = lab.scm("limited");
    let answer = limited
        .post("/admin/v1", &wish("below", "DRAO_SSL", 102))
        .await;
    answer.is_refused(400, -233);
    // Nobody changes peers or betters, or sees them.
    team.get("/admin/v1/1").await.is_refused(404, -1);
    team.put("/admin/v1/4", &json!({"surname": "X"}))
        .await
        .is_refused(404, -1);
    team.delete("/admin/v1/2", None).await.is_refused(400, -3);
    lab.scm("institute")
        .delete(&department, None)
        .await
        .is_refused(404, -1);

    let master = lab.scm("mrao-admin");
    let peer = changed(
        wish("peer", "RAO_SSL", 101),
        &json!({"privileges": ["allowCreate", "allowEdit", "sslRequest"]}),
    );
    made(&master, &peer).await;
    let peer = lab.scm_as("peer", PASSWORD);
    made(&peer, &wish("second-peer", "RAO_SSL", 101)).await;
    peer.delete("/admin/v1/4", None).await.is_refused(400, -3);
    assert_eq!(team.delete(&department, None).await.status, 204);
    let roles = team.get("/admin/v1/roles").await.body;
    assert_eq!(roles, json!(["DRAO_SSL"]));
    let privileges = team.get("/admin/v1/privileges?role=DRAO_SSL").await.body;
    assert!(names(&privileges, "name").contains(&"allowDCV".to_owned()));
    team.get("/admin/v1/privileges?role=KING")
        .await
        .is_refused(400, -1601);
}

#[tokio::test]
async fn administrators_change_and_go() {
    let lab = Lab::start();
    let master = lab.scm("mrao-admin");
    let two_scopes = changed(
        wish("mixed", "RAO_SSL", 101),
        &json!({"credentials": [
            {"role": "RAO_SSL", "orgId": 101}, {"role": "RAO_SMIME", "orgId": 104},
        ]}),
    );
    let path = made(&master, &two_scopes).await;
    let mixed = lab.scm_as("mixed", PASSWORD);
    assert_eq!(mixed.get("/ssl/v1").await.status, 200);
    // Each role has its own scope.
    let types = |kind: &str, id: u64| format!("/{kind}/v1/types?organizationId={id}");
    assert_eq!(mixed.get(&types("ssl", 101)).await.status, 200);
    mixed.get(&types("ssl", 104)).await.is_refused(400, -3);
    assert_eq!(mixed.get(&types("smime", 104)).await.status, 200);
    mixed.get(&types("smime", 101)).await.is_refused(400, -3);

    let put = |body: Value| {
        let (master, path) = (&master, &path);
        async move { master.put(path, &body).await }
    };
    let fine = put(json!({
        "surname": "King", "telephone": "+44 1", "password": "another long one", "type": "API",
    }));
    assert_eq!(fine.await.status, 200);
    mixed.get("/ssl/v1").await.is_refused(401, -16);
    let mixed = lab.scm_as("mixed", "another long one");
    assert_eq!(mixed.get("/ssl/v1").await.status, 200);
    let seen = master.get(&path).await.body;
    assert_eq!(
        (
            &seen["surname"],
            &seen["phone"],
            &seen["type"],
            &seen["forename"]
        ),
        (
            &json!("King"),
            &json!("+44 1"),
            &json!("API"),
            &json!("Ada")
        )
    );
    assert_eq!(seen["clientAdminCreator"], 1);
    assert_eq!(put(json!({"activeStatus": "SUSPENDED"})).await.status, 200);
    mixed.get("/ssl/v1").await.is_refused(401, -16);
    let list = master.get("/admin/v1?activeState=SUSPENDED").await.body;
    assert_eq!(names(&list, "login"), ["mixed"]);
    put(json!({"activeStatus": "SLEEPING"}))
        .await
        .is_refused(400, -1002);

    // The only master stays.
    let only = json!({"credentials": [{"role": "RAO_SSL", "orgId": 101}]});
    master.put("/admin/v1/1", &only).await.is_refused(400, -219);
    let asleep = json!({"activeStatus": "SUSPENDED"});
    master
        .put("/admin/v1/1", &asleep)
        .await
        .is_refused(400, -219);
    master.delete("/admin/v1/1", None).await.is_refused(400, -3);

    let successor = format!("{path}?replacingRequesterId=99");
    master.delete(&successor, None).await.is_refused(400, -1601);
    assert_eq!(master.delete(&path, None).await.status, 204);
    master.get(&path).await.is_refused(404, -1);

    let report = master.post("/report/v1/activity", &json!({})).await.body;
    let rows = report["reports"].as_array().expect("rows");
    let actions: Vec<&str> = rows
        .iter()
        .filter_map(|row| row["action"]["actionName"].as_str())
        .collect();
    let expected = [
        "ClientAdmin: created",
        "ClientAdmin: updated",
        "ClientAdmin: updated",
        "ClientAdmin: deleted",
    ];
    assert_eq!(actions, expected, "refusals are not noted");
    assert_eq!(rows[0]["admin"]["login"], "mrao-admin");
    // Others see what they and those below them did.
    let report = lab
        .scm("web-team")
        .post("/report/v1/activity", &json!({}))
        .await
        .body;
    assert_eq!(report["reports"], json!([]));
}

#[tokio::test]
async fn the_activity_report_has_dates() {
    let lab = Lab::start();
    let scm = lab.scm("web-team");
    let body = json!({"name": "day.example.org",
                      "delegations": [{"orgId": 101, "certTypes": ["SSL"]}]});
    assert_eq!(scm.post("/domain/v1", &body).await.status, 201);
    let clock = lab.control("GET", "/clock", &Value::Null).await;
    let today = clock["now"].as_str().expect("a moment")[..10].to_owned();
    for (range, count) in [
        (json!({"from": today, "to": today}), 1),
        (json!({"from": "2019-01-01"}), 1),
        (json!({"to": "2019-01-31"}), 0),
    ] {
        let report = scm.post("/report/v1/activity", &range).await;
        let rows = report.body["reports"].as_array().expect("rows");
        assert_eq!(rows.len(), count, "{range}");
        assert_eq!(
            report.header("content-disposition"),
            Some("attachment; filename=\"rest_api_activity.json\"")
        );
    }
    let backwards = json!({"from": "2019-02-01", "to": "2019-01-01"});
    for bad in [backwards, json!({"from": "yesterday"})] {
        let answer = scm.post("/report/v1/activity", &bad).await;
        answer.is_refused(400, -1601);
    }
}
