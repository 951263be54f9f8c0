//! The configurations that the devices start with.

use super::xml::Node;

/// A firewall with a GlobalProtect portal and a gateway that share a service
/// profile, and a management interface on the factory's certificate.
pub(crate) fn firewall() -> Node {
    parse(FIREWALL)
}

/// A Panorama with a template, a stack of it, and two firewalls in the stack.
pub(crate) fn panorama() -> Node {
    parse(
        &PANORAMA
            .replace("SERIAL1", SERIALS[0])
            .replace("SERIAL2", SERIALS[1]),
    )
}

fn parse(text: &str) -> Node {
    let joined: String = text.lines().map(str::trim).collect();
    Node::parse(&joined).expect("invariant: the seed is XML")
}

/// The two firewalls, and Panorama.
pub(crate) const SERIALS: [&str; 3] = ["007200001001", "007200001002", "007300002001"];

const FIREWALL: &str = "<config version=\"10.2.0\">
    <shared/>
    <devices><entry name=\"localhost.localdomain\">
        <deviceconfig><system><hostname>firewall</hostname></system></deviceconfig>
        <vsys><entry name=\"vsys1\">
            <global-protect>
                <global-protect-portal><entry name=\"portal\"><portal-config/></entry></global-protect-portal>
                <global-protect-gateway><entry name=\"gateway\"/></global-protect-gateway>
            </global-protect>
            <rulebase><decryption><rules/></decryption></rulebase>
        </entry></vsys>
    </entry></devices>
</config>";

const PANORAMA: &str = "<config version=\"10.2.0\">
    <shared/>
    <panorama/>
    <devices><entry name=\"localhost.localdomain\">
        <template><entry name=\"web-template\"><config><shared/>
            <devices><entry name=\"localhost.localdomain\"><vsys><entry name=\"vsys1\"/></vsys></entry></devices>
        </config></entry></template>
        <template-stack><entry name=\"web-stack\">
            <templates><member>web-template</member></templates>
            <devices><entry name=\"SERIAL1\"/><entry name=\"SERIAL2\"/></devices>
        </entry></template-stack>
        <device-group><entry name=\"web-group\"/></device-group>
    </entry></devices>
</config>";
