//! Passphrases of keys: nobody ever has to type one.

use crate::secret::Secret;

/// 32 letters and digits (190 bits) from the generator of the operating system. No other characters:
/// they may pass through tools that quote in their own ways.
pub(crate) fn generate() -> Result<Secret, String> {
    let mut text = String::with_capacity(LENGTH);
    while text.len() < LENGTH {
        let mut bytes = [0u8; LENGTH];
        aws_lc_rs::rand::fill(&mut bytes)
            .map_err(|_| "the operating system gives no random numbers".to_owned())?;
        // Bytes beyond the last whole round would favour the first letters.
        let fair = bytes.iter().filter(|it| usize::from(**it) < FAIR);
        let letters = fair.map(|it| char::from(ALPHABET[usize::from(*it) % ALPHABET.len()]));
        text.extend(letters.take(LENGTH - text.len()));
    }
    Ok(Secret::new(text))
}

const LENGTH: usize = 32;
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const FAIR: usize = 256 - 256 % ALPHABET.len();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passphrases_are_long_plain_and_different() {
        let [a, b] = [generate().unwrap(), generate().unwrap()];
        for it in [&a, &b] {
            assert_eq!(it.expose().len(), LENGTH);
            assert!(it.expose().bytes().all(|it| it.is_ascii_alphanumeric()));
        }
        assert_ne!(a.expose(), b.expose());
    }
}
