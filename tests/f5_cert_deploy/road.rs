//! From nothing to traffic on a new certificate, and on.

use super::*;

#[test]
fn first_run_second_run_and_their_calls() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    let options = bigip.options(json!({"renew": {"ari": false}}));

    let predicted = check(MODULE, options.clone()).ok();
    assert_eq!(lab.writes(), [""; 0]);

    lab.forget();
    let first = run(MODULE, options.clone()).ok();
    println!("figure: first, {} calls: {:#?}", lab.calls().len(), lab.calls());
    println!("{:#}", first.result);
    assert!(first.changed());
    assert_eq!(first.result["diff"], predicted.result["diff"]);
    let certificate = &first.result["certificates"][0];
    assert_eq!(certificate["proven"], true);
    assert_eq!(certificate["serial"], bigip.serial("/Common/www_https", SITE, &[]));

    lab.forget();
    let second = run(MODULE, options.clone()).ok();
    assert!(!second.changed(), "{:#}", second.result);
    let calls = lab.calls();
    println!("figure: no-op, {} calls: {calls:?}", calls.len());
    assert_eq!(calls.len(), 6);
    assert_eq!(lab.writes(), [""; 0]);
    println!("{:#}", bigip.state());
}
