//! What is printed when the program itself is wrong.

/// From now on a panic prints a fixed result and ends the process. Its text is not printed: it
/// may hold anything, also a secret. The place in the source is enough to find the bug.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(|info| {
        let place = info
            .location()
            .map(|it| format!("{}:{}", it.file(), it.line()))
            .unwrap_or_default();
        println!(
            "{}",
            serde_json::json!({
                "failed": true,
                "changed": false,
                "msg": format!(
                    "certwright {} came upon a bug of its own at {place} and stopped. What was done until \
                     then stays; the next run finds it and goes on. Please report this line.",
                    env!("CARGO_PKG_VERSION"),
                ),
            })
        );
        std::process::exit(1);
    }));
}
