/// Lists and mappings, in blocks and in brackets.
extension YAMLComposer {
    // MARK: Blocks

    mutating func blockSequence(_ node: YAMLNode) throws(Failure) {
        let start = try take().start
        var elements: [YAMLNode] = []
        while try next(is: .blockEntry) {
            let end = try take().end
            elements.append(try next(is: .blockEntry, .blockEnd) ? empty(end) : try self.node(inBlock: true))
            node.content = .sequence(elements)
        }
        node.content = .sequence(elements)
        try endBlock("a block collection", start)
    }

    mutating func indentlessSequence(_ node: YAMLNode) throws(Failure) {
        var elements: [YAMLNode] = []
        while try next(is: .blockEntry) {
            let end = try take().end
            let isEmpty = try next(is: .blockEntry, .key, .value, .blockEnd)
            elements.append(isEmpty ? empty(end) : try self.node(inBlock: true))
        }
        node.content = .sequence(elements)
    }

    mutating func blockMapping(_ node: YAMLNode) throws(Failure) {
        let start = try take().start
        var pairs: [(key: YAMLNode, value: YAMLNode)] = []
        func isEmpty() throws(Failure) -> Bool { try next(is: .key, .value, .blockEnd) }
        while true {
            guard try next(is: .key) else { break }
            let keyEnd = try take().end
            let key = try isEmpty() ? empty(keyEnd) : try self.node(inBlock: true, allowsIndentless: true)
            var value = empty(try token().start)
            if try next(is: .value) {
                let end = try take().end
                value = try isEmpty() ? empty(end) : try self.node(inBlock: true, allowsIndentless: true)
            }
            pairs.append((key, value))
            node.content = .mapping(pairs)
        }
        node.content = .mapping(pairs)
        try endBlock("a block mapping", start)
    }

    private mutating func endBlock(_ what: String, _ start: YAMLMark) throws(Failure) {
        let token = try token()
        guard token.kind == .blockEnd else {
            throw failure(
                "expected <block end>, but found \(Self.quoted(token))", token.start, "while parsing \(what)", start)
        }
        try take()
    }

    // MARK: Flow

    private mutating func flowSeparator(_ what: String, _ close: String, _ start: YAMLMark) throws(Failure) {
        let token = try token()
        guard token.kind == .flowEntry else {
            throw failure(
                "expected ',' or '\(close)', but got \(Self.quoted(token))", token.start,
                "while parsing a flow \(what)",
                start)
        }
        try take()
    }

    mutating func flowSequence(_ node: YAMLNode) throws(Failure) {
        let start = try take().start
        var elements: [YAMLNode] = []
        while try !next(is: .flowSequenceEnd) {
            if !elements.isEmpty { try flowSeparator("sequence", "]", start) }
            if try next(is: .flowSequenceEnd) { break }
            if try next(is: .key) {
                // `[a: b]` is a list of a mapping.
                let first = try take()
                let single = empty(first.start)
                let key =
                    try next(is: .value, .flowEntry, .flowSequenceEnd)
                    ? empty(first.end) : try self.node(inBlock: false)
                var value = empty(try token().start)
                if try next(is: .value) {
                    let end = try take().end
                    value = try next(is: .flowEntry, .flowSequenceEnd) ? empty(end) : try self.node(inBlock: false)
                }
                single.content = .mapping([(key, value)])
                elements.append(single)
            } else {
                elements.append(try self.node(inBlock: false))
            }
        }
        try take()
        node.content = .sequence(elements)
    }

    mutating func flowMapping(_ node: YAMLNode) throws(Failure) {
        let start = try take().start
        var pairs: [(key: YAMLNode, value: YAMLNode)] = []
        while try !next(is: .flowMappingEnd) {
            if !pairs.isEmpty { try flowSeparator("mapping", "}", start) }
            if try next(is: .flowMappingEnd) { break }
            if try next(is: .key) {
                let end = try take().end
                let isEmpty = try next(is: .value, .flowEntry, .flowMappingEnd)
                let key = isEmpty ? empty(end) : try self.node(inBlock: false)
                var value = empty(try token().start)
                if try next(is: .value) {
                    let end = try take().end
                    value = try next(is: .flowEntry, .flowMappingEnd) ? empty(end) : try self.node(inBlock: false)
                }
                pairs.append((key, value))
            } else {
                let key = try self.node(inBlock: false)
                pairs.append((key, empty(try token().start)))
            }
        }
        try take()
        node.content = .mapping(pairs)
    }
}
