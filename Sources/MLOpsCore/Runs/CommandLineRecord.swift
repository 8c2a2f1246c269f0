internal import Foundation

/// A command line fit to be kept: what was asked for, without what must stay secret.
public enum CommandLineRecord {
    /// Returns `arguments` with the values of secrets replaced by `***`.
    ///
    /// A secret is the value of an option or key whose name speaks of one (token, password, secret, key, credential), a
    /// word that looks like a hub token, and the user part of an address.
    public static func redacted(_ arguments: [String]) -> [String] {
        var hidesNext = false
        return arguments.map { argument in
            if hidesNext {
                hidesNext = false
                return hidden
            }
            if let equals = argument.firstIndex(of: "="), speaksOfSecrets(argument[..<equals]) {
                return argument[...equals] + hidden
            }
            if argument.hasPrefix("--"), !argument.contains("="), speaksOfSecrets(argument[...]) { hidesNext = true }
            return withoutUser(isToken(argument) ? hidden : argument)
        }
    }

    private static let hidden = "***"

    private static func speaksOfSecrets(_ name: Substring) -> Bool {
        let words = name.lowercased().split { !$0.isLetter }.map(String.init)
        return words.contains {
            ["token", "password", "passwd", "secret", "credential", "credentials", "apikey"].contains($0)
        }
            || (words.contains("api") && words.contains("key"))
    }

    private static func isToken(_ argument: String) -> Bool {
        argument.split { !($0.isLetter || $0.isNumber || $0 == "_") }.contains { $0.hasPrefix("hf_") && $0.count > 12 }
    }

    private static func withoutUser(_ argument: String) -> String {
        guard let scheme = argument.range(of: "://") else { return argument }
        let rest = argument[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let at = authority.lastIndex(of: "@") else { return argument }
        return argument[..<scheme.upperBound] + hidden + rest[at...]
    }
}
