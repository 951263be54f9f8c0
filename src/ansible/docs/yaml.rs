//! YAML as `ansible-test` accepts it: no line is too long.

use serde_json::Value;

pub(super) fn text(value: &Value) -> Result<String, String> {
    let text = serde_yaml_ng::to_string(value).map_err(|error| error.to_string())?;
    Ok(text.lines().map(folded).collect())
}

/// Breaks a long line at spaces. In YAML a scalar of one line, quoted or not, may go on in the next
/// line, further to the right.
fn folded(line: &str) -> String {
    let content = line.trim_start();
    let start = line.len() - content.len();
    let indent = " ".repeat(start + 4);
    let mut text = line[..start].to_owned();
    let mut width = start;
    for (at, word) in content.split(' ').enumerate() {
        if at > 0 && width + 1 + word.len() > LINE_WIDTH {
            text.push('\n');
            text.push_str(&indent);
            width = indent.len();
        } else if at > 0 {
            text.push(' ');
            width += 1;
        }
        text.push_str(word);
        width += word.len();
    }
    text.push('\n');
    text
}

/// `ansible-test` allows 160.
const LINE_WIDTH: usize = 120;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn long_lines_are_folded_and_still_mean_the_same() {
        let sentence =
            "Quotes ' and colons: all of them, and a dash - so that every style of scalar occurs. ";
        let value = json!({
            "plain": ["word ".repeat(60).trim_end()],
            "quoted": {"inner": [sentence.repeat(4).trim_end()]},
        });
        let text = text(&value).expect("it is only text");
        assert!(text.lines().all(|line| line.len() <= LINE_WIDTH), "{text}");
        assert!(text.lines().count() > 6, "{text}");
        let again: Value = serde_yaml_ng::from_str(&text).expect("it is YAML");
        assert_eq!(again, value);
    }
}
