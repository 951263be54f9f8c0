//! Canaries: no secret in any output, whatever happens.

use super::*;

#[test]
fn credentials_are_in_no_output() {
    let lab = Lab::start();
    let password = lab.ready["scm"]["password"].as_str().unwrap().to_owned();
    let secret = lab.ready["oauth"]["client_secret"]
        .as_str()
        .unwrap()
        .to_owned();
    let outputs = [
        run(MODULE, options(&lab, &json!({}))),
        run(MODULE, options(&lab, &json!({"scm": lab.scm_by_token()}))),
        run(MODULE, options(&lab, &json!({"term": 1}))),
        run(MODULE, options(&lab, &json!({"csr": password}))),
        run("sectigo_certificate_info", json!({"scm": lab.scm()})),
    ];
    lab.fault(json!({"times": 0, "action": {"kind": "html"}}));
    let broken = run(MODULE, options(&lab, &json!({})));
    for ran in outputs.iter().chain([&broken]) {
        assert!(!ran.output.contains(&password), "{}", ran.output);
        assert!(!ran.output.contains(&secret), "{}", ran.output);
    }
}
