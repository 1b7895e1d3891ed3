//! How an identity item shows in lists: whose it is.

use countersign_wire::item::Identity;

/// A name, and where that person can be reached; what is not known is left out.
#[must_use]
pub fn who(identity: &Identity) -> String {
    let Identity { given_name, family_name, organization, street_address, email, tel, .. } = identity;
    let known = |parts: &[&str], between: &str| {
        parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(between)
    };
    let name = known(&[given_name, family_name], " ");
    let name = if name.is_empty() { organization.clone() } else { name };
    let street = street_address.lines().next().unwrap_or_default();
    let reached = [email.as_str(), tel, street].into_iter().find(|way| !way.is_empty()).unwrap_or_default();
    known(&[&name, reached], " · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_said() {
        let mut person = Identity { given_name: "Jane".into(), tel: "+4930123456".into(), ..Identity::default() };
        assert_eq!(who(&person), "Jane · +4930123456");
        person.family_name = "Roe".into();
        person.email = "jane@example.org".into();
        assert_eq!(who(&person), "Jane Roe · jane@example.org");
        let office =
            Identity { organization: "Acme".into(), street_address: "Kai 5\nHof".into(), ..Identity::default() };
        assert_eq!(who(&office), "Acme · Kai 5");
        assert_eq!(who(&Identity { country: "DE".into(), ..Identity::default() }), "");
    }
}
