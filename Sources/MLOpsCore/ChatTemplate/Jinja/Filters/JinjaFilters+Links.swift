/// `urlize`: addresses in a text become links, as Jinja finds them.
extension JinjaFilters {
    static let urlize: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        let names = ["trim_url_limit", "nofollow", "target", "rel", "extra_schemes"]
        let given = try rendering.bind(arguments, to: names, of: "urlize")
        guard given[4]?.isTrue != true else { throw rendering.failure("urlize takes no extra schemes here") }
        let limit = try given[0].flatMap { $0.isNone ? nil : $0 }.map { value throws(TemplateError) in
            try index(value, 0, "urlize", rendering)
        }
        var relations: Set<String> = ["noopener"]
        if let rel = given[3], !rel.isNone {
            relations.formUnion(try rendering.str(rel).string.split(separator: " ").map(String.init))
        }
        if given[1]?.isTrue == true { relations.insert("nofollow") }
        var attributes = " rel=\"" + relations.sorted().joined(separator: " ") + "\""
        if let target = given[2], target.isTrue {
            attributes += " target=\"" + (try rendering.escaped(try rendering.str(target))).string + "\""
        }
        let text = try rendering.escaped(try soft(value, rendering))
        try rendering.spend(text.bytes.count)
        var out = ""
        for word in words(text.string) {
            out += word.first?.isWhitespace ?? true ? String(word) : linked(word, attributes, limit)
        }
        try rendering.reserve(bytes: out.utf8.count)
        return .text(JinjaText(out, origin: text.joinedOrigin))
    }

    /// The words of a text and the white space between them.
    private static func words(_ text: String) -> [Substring] {
        var out: [Substring] = []
        var rest = text[...]
        while let first = rest.first {
            let word = rest.prefix { $0.isWhitespace == first.isWhitespace }
            out.append(word)
            rest = rest.dropFirst(word.count)
        }
        return out
    }

    private static func linked(_ word: Substring, _ attributes: String, _ limit: Int?) -> String {
        var middle = String(word)
        var head = ""
        while let mark = ["(", "<", "&lt;"].first(where: middle.hasPrefix) {
            head += mark
            middle.removeFirst(mark.count)
        }
        var tail = ""
        while let mark = ["&gt;", ")", ">", ".", ","].first(where: middle.hasSuffix) {
            tail = mark + tail
            middle.removeLast(mark.count)
        }
        // A closing bracket whose opening one is inside belongs to the address.
        for (open, close) in [("(", ")"), ("<", ">"), ("&lt;", "&gt;")] {
            let missing = middle.ranges(of: open).count - middle.ranges(of: close).count
            guard missing > 0 else { continue }
            for _ in 0..<min(middle.ranges(of: open).count, tail.ranges(of: close).count) {
                guard let range = tail.firstRange(of: close) else { break }
                middle += tail[..<range.upperBound]
                tail = String(tail[range.upperBound...])
            }
        }
        func shown(_ url: String) -> String {
            guard let limit, url.count > limit else { return url }
            return url.prefix(max(limit, 0)) + "..."
        }
        if isAddress(middle) {
            let scheme = middle.hasPrefix("https://") || middle.hasPrefix("http://") ? "" : "https://"
            middle = "<a href=\"\(scheme)\(middle)\"\(attributes)>\(shown(middle))</a>"
        } else if middle.hasPrefix("mailto:"), isMail(middle.dropFirst(7)) {
            middle = "<a href=\"\(middle)\">\(middle.dropFirst(7))</a>"
        } else if middle.contains("@"), !middle.hasPrefix("www."), !middle.contains(":"), isMail(middle[...]) {
            middle = "<a href=\"mailto:\(middle)\">\(middle)</a>"
        }
        return head + middle + tail
    }

    private static let commonDomains: Set<Substring> = ["com", "net", "int", "edu", "gov", "org", "info", "mil"]

    private static func isAddress(_ text: String) -> Bool {
        let lower = text.lowercased()
        let scheme = ["https://", "http://", "www."].first(where: lower.hasPrefix) ?? ""
        var host = lower.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
        if scheme.hasSuffix("//"), host.hasPrefix("["), let end = host.lastIndex(of: "]") {
            let inside = host[..<end].dropFirst()
            return inside.contains("::") || inside.split(separator: ":").count > 2
                ? inside.allSatisfy { $0 == ":" || $0.isHexDigit } : false
        }
        if let colon = host.lastIndex(of: ":") {
            let port = host[colon...].dropFirst()
            guard (1...5).contains(port.count), port.allSatisfy(\.isNumber) else { return false }
            host = host[..<colon]
        }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard let last = labels.last, !host.isEmpty else { return false }
        func isLabel(_ label: Substring) -> Bool {
            !label.isEmpty && label.allSatisfy { $0.isLetter || $0.isNumber || "_%-".contains($0) }
        }
        guard labels.dropLast().allSatisfy(isLabel) else { return false }
        if scheme.isEmpty {
            return labels.count > 1 && commonDomains.contains(last)
                && labels.dropLast().allSatisfy { (2...63).contains($0.count) }
        }
        if scheme != "www.", labels.count == 4,
            labels.allSatisfy({ (1...3).contains($0.count) && $0.allSatisfy(\.isNumber) })
        {
            return true
        }
        let isName = (2...63).contains(last.count) && last.allSatisfy { ("a"..."z").contains($0) }
        return isName || last.hasPrefix("xn--") && (6...63).contains(last.count)
    }

    private static func isMail(_ text: Substring) -> Bool {
        guard let at = text.lastIndex(of: "@"), at > text.startIndex else { return false }
        let domain = text[at...].dropFirst()
        guard let first = domain.first, first.isLetter || first.isNumber || first == "_",
            let point = domain.lastIndex(of: "."), point > domain.startIndex
        else { return false }
        let last = domain[point...].dropFirst()
        return !last.isEmpty && domain.allSatisfy { $0.isLetter || $0.isNumber || "_.-".contains($0) }
            && !last.contains("-")
    }
}
