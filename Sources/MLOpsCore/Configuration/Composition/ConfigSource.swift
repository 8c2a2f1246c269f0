public import Foundation

/// A place where configurations are found.
public struct ConfigSource: Sendable, Hashable {
    /// The kinds of places.
    public enum Place: Sendable, Hashable {
        /// A directory of YAML files; groups are its subdirectories.
        case directory(URL)
        /// Texts by name (`train`, `model/small`), such as the configurations built into the program.
        case texts([String: String])
        /// A Python package; there are none here.
        case package(String)
    }

    /// The place.
    public let place: Place
    /// Who named it: `main`, `command-line`, `built-in`.
    public let provider: String
    /// The directory as `hydra.searchpath` writes it, which is what is told of it.
    private let written: String?

    /// Creates a source.
    public init(_ place: Place, provider: String = "main") {
        self.init(place, provider: provider, written: nil)
    }

    private init(_ place: Place, provider: String, written: String?) {
        self.place = place
        self.provider = provider
        self.written = written
    }

    /// Creates a source as an entry of `hydra.searchpath` names it: a directory, with `file://` or without. `pkg://` names a
    /// Python package, of which there are none here; it is empty, as in Hydra a package that is not installed.
    init(searchPath text: String, provider: String, at origin: ConfigOrigin) throws(ConfigurationError) {
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        let (scheme, path) = parts.count == 2 ? (parts[0], String(parts[1])) : ("file", text)
        switch scheme {
        case "file":
            let url = URL(filePath: path, directoryHint: .isDirectory)
            self.init(.directory(url), provider: provider, written: path)
        case "pkg": self.init(.package(text), provider: provider)
        case "structured":
            // It names a module of Python's that registers configurations; without a name, those registered already.
            guard path.isEmpty else {
                let module = path.prefix { $0 != "." }
                throw ConfigurationError(
                    .composition, "No module named '\(module)': there are no Python modules here. Name a directory.",
                    key: "hydra.searchpath", at: origin)
            }
            self.init(.package(text), provider: provider)
        default:
            throw ConfigurationError(
                .composition,
                "No config source registered for schema \(scheme), supported types : [file, pkg, structured]",
                key: "hydra.searchpath", at: origin)
        }
    }

    /// Refuses configurations that Python registered, among which Hydra finds its own settings once more.
    func refuseRegistered() throws(ConfigurationError) {
        guard place == .package("structured://") else { return }
        throw ConfigurationError(
            .composition,
            """
            'hydra/config' is validated against ConfigStore schema with the same name.
            This behavior is deprecated in Hydra 1.1 and will be removed in Hydra 1.2.
            In addition, the automatically matched schema contains a defaults list.
            This combination is no longer supported. Name a directory.
            """, key: "hydra.searchpath")
    }

    /// What to warn of when there is nothing in this place; nil when there may be something.
    var warning: String? {
        switch place {
        case .texts: nil
        case .directory(let url) where Self.isDirectory(url): nil
        case .directory(let url):
            "provider=\(provider), path=\(written ?? url.path(percentEncoded: false)) is not available."
        case .package(let name):
            "provider=\(provider), path=\(name) is not available. There are no Python packages here; name a directory."
        }
    }

    /// The configurations built into the program.
    public static let builtIn = ConfigSource(.texts(BuiltInConfigs.texts), provider: "built-in")

    /// Returns where configurations are looked for: `primary`, then `directory`, those of them that are given; else `configs/`
    /// in the working directory if it exists, else those built into the program.
    ///
    /// - Throws: ``ConfigurationError`` when one is given and is none.
    public static func standard(
        directory: String? = nil, primary: String? = nil, workingDirectory: URL = .currentDirectory()
    ) throws(ConfigurationError) -> [ConfigSource] {
        var sources: [ConfigSource] = []
        for (text, provider) in [(primary, "main"), (directory, "command-line")] {
            guard let text else { continue }
            let url = URL(filePath: text, directoryHint: .isDirectory, relativeTo: workingDirectory).absoluteURL
            let source = ConfigSource(.directory(url), provider: provider)
            guard isDirectory(url) else {
                let path = source.parts.path
                throw ConfigurationError(
                    .missingConfig,
                    provider == "main"
                        ? "Primary config directory not found.\nCheck that the config directory '\(path)' exists and readable"
                        : "Additional config directory '\(path)' not found. Check --config-dir.")
            }
            sources.append(source)
        }
        if !sources.isEmpty { return sources }
        let url = workingDirectory.appending(path: "configs", directoryHint: .isDirectory)
        return isDirectory(url) ? [ConfigSource(.directory(url))] : [.builtIn]
    }

    /// What an error message or `--info searchpath` calls it.
    public var name: String {
        switch place {
        case .directory(let url): url.path(percentEncoded: false)
        case .texts: "built-in:"
        case .package(let name): name
        }
    }

    /// The place as Hydra writes it: `file:///home/me/configs`.
    var location: String { "\(parts.schema)://\(parts.path)" }

    /// The place as Hydra takes it apart.
    var parts: (schema: String, path: String) {
        switch place {
        case .directory(let url):
            if let written { return ("file", written) }
            let path = url.standardizedFileURL.path(percentEncoded: false)
            return ("file", path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path)
        case .texts: return provider == Self.hydra.provider ? ("pkg", "hydra.conf") : ("built-in", "")
        case .package(let name):
            let parts = name.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        }
    }

    /// Returns the bytes of the configuration `name` (`train`, `model/small`) and what to call it; nil when there is none.
    func data(of name: String) throws(ConfigurationError) -> (data: Data, path: String)? {
        let file = name.hasSuffix(".yaml") ? name : name + ".yaml"
        switch place {
        case .package: return nil
        case .texts(let texts):
            return texts[String(file.dropLast(5))].map { (Data($0.utf8), "built-in:\(file)") }
        case .directory(let directory):
            let url = Self.location(of: file, in: directory)
            guard !Self.isDirectory(url) else { return nil }
            do {
                return (try WholeFile.read(url, limit: 1 << 24), Self.displayPath(url))
            } catch  where error.code == .missing {
                return nil
            } catch {
                throw ConfigurationError(.missingConfig, error.message)
            }
        }
    }

    /// Whether there is a configuration `name`.
    func hasConfig(_ name: String) -> Bool {
        let file = name.hasSuffix(".yaml") ? name : name + ".yaml"
        switch place {
        case .package: return false
        case .texts(let texts): return texts[String(file.dropLast(5))] != nil
        case .directory(let directory):
            let url = Self.location(of: file, in: directory)
            return FileManager.default.fileExists(atPath: url.path(percentEncoded: false)) && !Self.isDirectory(url)
        }
    }

    /// Whether there is a group `name`.
    func hasGroup(_ name: String) -> Bool {
        switch place {
        case .package: false
        case .texts(let texts): name.isEmpty || texts.keys.contains { $0.hasPrefix(name + "/") }
        case .directory(let directory):
            Self.isDirectory(name.isEmpty ? directory : Self.location(of: name, in: directory))
        }
    }

    /// The configurations of the group `name`, sorted.
    func options(of name: String) -> [String] {
        switch place {
        case .package: return []
        case .texts(let texts):
            return texts.keys.filter { $0.hasPrefix(name + "/") }.map { String($0.dropFirst(name.count + 1)) }
                .filter { !$0.contains("/") }.sorted()
        case .directory(let directory):
            let path = Self.location(of: name, in: directory).path(percentEncoded: false)
            let files = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
            return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
        }
    }

    /// The groups directly below the group `name`, sorted; the empty name is the root.
    func groups(of name: String) -> [String] {
        switch place {
        case .package: return []
        case .texts(let texts):
            let prefix = name.isEmpty ? "" : name + "/"
            let below = texts.keys.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) }
            return Set(below.compactMap { path in path.firstIndex(of: "/").map { String(path[..<$0]) } }).sorted()
        case .directory(let directory):
            let parent = name.isEmpty ? directory : directory.appending(path: name)
            let path = parent.path(percentEncoded: false)
            let entries = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
            return entries.filter { !$0.hasPrefix(".") && Self.isDirectory(parent.appending(path: $0)) }.sorted()
        }
    }

    /// A path of the search path's: below the directory, or from the root as Python's `os.path.join` takes one that begins there.
    private static func location(of path: String, in directory: URL) -> URL {
        path.hasPrefix("/") ? URL(filePath: path) : directory.appending(path: path)
    }

    private static func isDirectory(_ url: URL) -> Bool {
        var isDirectory: ObjCBool = false
        let exists = unsafe FileManager.default.fileExists(
            atPath: url.path(percentEncoded: false), isDirectory: &isDirectory)
        return exists && isDirectory.boolValue
    }

    /// The path as a person in the working directory would write it.
    private static func displayPath(_ url: URL) -> String {
        let path = url.standardizedFileURL.path(percentEncoded: false)
        let here = URL.currentDirectory().standardizedFileURL.path(percentEncoded: false)
        return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
    }
}
