//! The `OAuth2` token endpoint of the admin API (client credentials).

use crate::http::{Call, Reply};
use crate::state::World;
use hyper::Method;
use serde_json::json;
use time::Duration;

/// Path of the token endpoint.
pub(crate) const TOKEN_PATH: &str = "/auth/realms/apiclients/protocol/openid-connect/token";

/// Trades a client secret for a bearer token.
pub(crate) fn token(world: &mut World, call: &Call) -> Reply {
    if call.path != TOKEN_PATH {
        return Reply::json(404, &json!({"error": "Not found"}));
    }
    if call.method != Method::POST {
        return Reply::json(405, &json!({"error": "HTTP 405 Method Not Allowed"}));
    }
    let form: Vec<(String, String)> = form_urlencoded::parse(&call.body).into_owned().collect();
    let field = |name: &str| {
        form.iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.as_str())
    };
    if field("grant_type") != "client_credentials" {
        let mut reply = refusal("unsupported_grant_type", "Unsupported grant_type");
        reply.status = 400;
        return reply;
    }
    let known =
        world.scm.api_clients.iter().any(|client| {
            client.id == field("client_id") && client.secret == field("client_secret")
        });
    if !known {
        return refusal(
            "invalid_client",
            "Invalid client or Invalid client credentials",
        );
    }
    let seconds = world.switches.oauth_token_seconds;
    let token = crate::random::alphanumeric(64);
    let expires = world.now() + Duration::seconds(seconds);
    world
        .scm
        .tokens
        .insert(token.clone(), (field("client_id").to_owned(), expires));
    let mut body = json!({"access_token": token, "token_type": "Bearer", "not-before-policy": 0});
    if world.switches.oauth_expires_in {
        body["expires_in"] = json!(seconds);
    }
    Reply::json(200, &body).with("Cache-Control", "no-store")
}

/// An `OAuth2` error object (RFC 6749 §5.2).
pub(crate) fn refusal(error: &str, description: &str) -> Reply {
    Reply::json(
        401,
        &json!({"error": error, "error_description": description}),
    )
}
