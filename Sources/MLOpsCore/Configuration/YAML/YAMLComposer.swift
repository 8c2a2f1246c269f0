/// Puts tokens together to the nodes of one document, with PyYAML's grammar and errors.
struct YAMLComposer {
    private var scanner: YAMLScanner
    private var anchors: [String: YAMLNode] = [:]
    private var handles: [String: String] = [:]
    private var depth = 0
    /// Documents nested deeper than this are not looked at.
    private let maximumDepth: Int

    /// Why a document has no nodes.
    enum Failure: Error {
        case syntax(YAMLSyntaxError)
        case tooDeep(YAMLMark)
    }

    private init(_ text: [Unicode.Scalar], maximumDepth: Int) {
        scanner = YAMLScanner(text)
        self.maximumDepth = maximumDepth
    }

    /// Returns the node of the only document in `text`; nil when there is none.
    static func document(_ text: [Unicode.Scalar], maximumDepth: Int) throws(Failure) -> YAMLNode? {
        var composer = YAMLComposer(text, maximumDepth: maximumDepth)
        guard let first = try composer.nextDocument(isFirst: true) else { return nil }
        if try composer.nextDocumentStart(isFirst: false) != nil {
            throw .syntax(
                YAMLSyntaxError(
                    "but found another document", at: composer.documentMark,
                    context: "expected a single document in the stream", from: first.mark))
        }
        return first
    }

    private var documentMark = YAMLMark()

    // MARK: Tokens

    mutating func token() throws(Failure) -> YAMLToken {
        do throws(YAMLSyntaxError) { return try scanner.token() } catch { throw .syntax(error) }
    }

    @discardableResult mutating func take() throws(Failure) -> YAMLToken {
        do throws(YAMLSyntaxError) { return try scanner.take() } catch { throw .syntax(error) }
    }

    mutating func next(is kinds: YAMLToken.Kind...) throws(Failure) -> Bool {
        kinds.contains(try token().kind)
    }

    func failure(
        _ problem: String, _ mark: YAMLMark, _ context: String? = nil, _ start: YAMLMark? = nil
    ) -> Failure {
        .syntax(YAMLSyntaxError(problem, at: mark, context: context, from: start))
    }

    static func quoted(_ token: YAMLToken) -> String { PythonText.quoted(token.name) }

    // MARK: Documents

    /// Reads up to where the content of a document begins; nil at the end of the stream.
    private mutating func nextDocumentStart(isFirst: Bool) throws(Failure) -> Bool? {
        handles = ["!": "!", "!!": "tag:yaml.org,2002:"]
        if !isFirst, try next(is: .documentEnd) { try take() }
        var token = try token()
        if isFirst {
            switch token.kind {
            case .directive, .documentStart, .streamEnd: break
            default: return false
            }
        }
        while token.kind == .documentEnd {
            try take()
            token = try self.token()
        }
        if token.kind == .streamEnd { return nil }
        documentMark = token.start
        try directives()
        token = try self.token()
        guard token.kind == .documentStart else {
            throw failure("expected '<document start>', but found \(Self.quoted(token))", token.start)
        }
        try take()
        return true
    }

    private mutating func nextDocument(isFirst: Bool) throws(Failure) -> YAMLNode? {
        guard let isExplicit = try nextDocumentStart(isFirst: isFirst) else { return nil }
        if isExplicit {
            switch try token().kind {
            case .directive, .documentStart, .documentEnd, .streamEnd: return empty(try token().start)
            default: break
            }
        }
        return try node(inBlock: true)
    }

    private mutating func directives() throws(Failure) {
        var own: [String: String] = [:]
        var hasVersion = false
        while case .directive(_, let value) = try token().kind {
            let start = try take().start
            switch value {
            case .version(let major):
                guard !hasVersion else { throw failure("found duplicate YAML directive", start) }
                guard major == 1 else {
                    throw failure("found incompatible YAML document (version 1.* is required)", start)
                }
                hasVersion = true
            case .tag(let handle, let prefix):
                guard own[handle] == nil else {
                    throw failure("duplicate tag handle \(PythonText.quoted(handle))", start)
                }
                own[handle] = prefix
            case nil: break
            }
        }
        handles.merge(own) { _, new in new }
    }

    // MARK: Nodes

    func empty(_ mark: YAMLMark, tag: String? = nil) -> YAMLNode {
        YAMLNode(.scalar("", isPlain: true), tag: tag, mark: mark)
    }

    mutating func node(inBlock: Bool, allowsIndentless: Bool = false) throws(Failure) -> YAMLNode {
        depth += 1
        defer { depth -= 1 }
        let first = try token()
        guard depth <= maximumDepth else { throw .tooDeep(first.start) }
        if case .alias(let name) = first.kind {
            try take()
            guard let node = anchors[name] else {
                throw failure("found undefined alias \(PythonText.quoted(name))", first.start)
            }
            return node
        }
        var anchor: String?
        var written: (handle: String?, suffix: String, mark: YAMLMark)?
        for _ in 0..<2 {
            let token = try token()
            if case .anchor(let name) = token.kind, anchor == nil {
                anchor = name
            } else if case .tag(let handle, let suffix) = token.kind, written == nil {
                written = (handle, suffix, token.start)
            } else {
                break
            }
            try take()
        }
        var tag = written?.suffix
        if let written, let handle = written.handle {
            guard let prefix = handles[handle] else {
                throw failure(
                    "found undefined tag handle \(PythonText.quoted(handle))", written.mark, "while parsing a node",
                    first.start)
            }
            tag = prefix + written.suffix
        }
        let node = empty(first.start, tag: tag)
        let token = try token()
        if let anchor {
            if let earlier = anchors[anchor] {
                throw failure(
                    "second occurrence", first.start,
                    "found duplicate anchor \(PythonText.quoted(anchor)); first occurrence", earlier.mark)
            }
            anchors[anchor] = node
        }
        try fill(
            node, token, inBlock: inBlock, allowsIndentless: allowsIndentless, isMarked: anchor != nil || tag != nil)
        return node
    }

    /// Reads the content of `node`, which begins with `token`.
    private mutating func fill(
        _ node: YAMLNode, _ token: YAMLToken, inBlock: Bool, allowsIndentless: Bool, isMarked: Bool
    ) throws(Failure) {
        switch token.kind {
        case .blockEntry where allowsIndentless: try indentlessSequence(node)
        case .scalar(let text, let isPlain):
            try take()
            node.content = .scalar(text, isPlain: isPlain && node.tag == nil)
        case .flowSequenceStart: try flowSequence(node)
        case .flowMappingStart: try flowMapping(node)
        case .blockSequenceStart where inBlock: try blockSequence(node)
        case .blockMappingStart where inBlock: try blockMapping(node)
        default:
            guard isMarked else {
                throw failure(
                    "expected the node content, but found \(Self.quoted(token))", token.start,
                    "while parsing a \(inBlock ? "block" : "flow") node", node.mark)
            }
            node.content = .scalar("", isPlain: node.tag == nil)
        }
    }
}
