extension JinjaRendering {
    /// `value.name`: an attribute or method, else an item.
    func attribute(_ name: JinjaText, of value: JinjaValue) throws(TemplateError) -> JinjaValue {
        if case .undefined(let undefined) = value {
            guard Self.hidden.contains(name.string) else { throw failure(undefined.message) }
            return .undefined(.reason("access to attribute '\(name.string)' of 'Undefined' object is unsafe."))
        }
        if JinjaMethods.has(value, name) { return .object(JinjaMethods.bound(name, to: value)) }
        switch value {
        case .dictionary(let dictionary):
            if !isHidden(name, value), let found = dictionary[name] { return found }
        case .object(let object):
            if let found = try object.attribute(name, in: self) { return found }
        case .tuple(let list) where list.isGroup:
            if name.string == "grouper" { return list.elements[0] }
            if name.string == "list" { return list.elements[1] }
        default: break
        }
        if let part = part(name.string, of: value) { return part }
        if isHidden(name, value) {
            return .undefined(
                .reason("access to attribute '\(name.string)' of '\(value.typeName)' object is unsafe."))
        }
        return .undefined(.missing(type: value.qualifiedTypeName, key: name.string))
    }

    /// The parts that Python's numbers have.
    private func part(_ name: String, of value: JinjaValue) -> JinjaValue? {
        guard value.isNumber else { return nil }
        switch (name, value) {
        case ("real", .float), ("numerator", .big), ("real", .big): return value
        case ("imag", .float): return .float(0)
        case (_, .float): return nil
        case ("real", _), ("numerator", _): return value.index.map { .integer($0) }
        case ("imag", _): return .integer(0)
        case ("denominator", _): return .integer(1)
        default: return nil
        }
    }

    /// Whether Python has an attribute of that name which the sandbox does not give away.
    func isHidden(_ name: JinjaText, _ value: JinjaValue) -> Bool {
        let text = name.string
        if text.hasPrefix("__"), text.hasSuffix("__") {
            if case .object(let object) = value, object.isCallable, Self.hiddenOfFunctions.contains(text) {
                return true
            }
            return Self.hidden.contains(text)
        }
        return JinjaMethods.changing(value).contains(text)
    }

    private static let hidden: Set<String> = [
        "__class__", "__contains__", "__delattr__", "__delitem__", "__dict__", "__dir__", "__doc__", "__eq__",
        "__format__", "__ge__", "__getattribute__", "__getitem__", "__gt__", "__hash__", "__init__", "__iter__",
        "__le__", "__len__", "__lt__", "__ne__", "__new__", "__or__", "__reduce__", "__repr__", "__setattr__",
        "__setitem__", "__sizeof__", "__str__", "__subclasshook__",
    ]

    private static let hiddenOfFunctions: Set<String> = [
        "__call__", "__closure__", "__code__", "__defaults__", "__globals__", "__kwdefaults__", "__module__",
        "__name__", "__qualname__", "__self__",
    ]

    /// `value[key]`: an item, else an attribute of that name.
    func item(_ key: JinjaValue, of value: JinjaValue) throws(TemplateError) -> JinjaValue {
        switch value {
        case .undefined(let undefined): throw failure(undefined.message)
        case .dictionary(let dictionary):
            if let found = dictionary[key] { return found }
        case .list(let list), .tuple(let list):
            if let index = key.index, let position = position(index, in: list.elements.count) {
                return list.elements[position]
            }
        case .text(let text):
            if let index = key.index {
                let count = text.count
                if let position = position(index, in: count) {
                    try spend(1 + text.bytes.count >> 6)
                    return .text(text.slice(text.byteOffset(of: position)..<text.byteOffset(of: position + 1)))
                }
            }
        case .range(let range):
            if let index = key.index, let position = position(index, in: range.count) {
                return .integer(range[position])
            }
        case .object(let data as JinjaBytes):
            if let index = key.index, let position = position(index, in: data.bytes.count) {
                return .integer(Int(data.bytes[position]))
            }
        default: break
        }
        guard case .text(let name) = key else {
            return .undefined(.noElement(type: value.qualifiedTypeName, key: try repr(key).string))
        }
        return try attribute(name, of: value)
    }

    /// An index as Python counts it, from the end when negative; nil outside.
    func position(_ index: Int, in count: Int) -> Int? {
        let position = index < 0 ? index &+ count : index
        return position >= 0 && position < count ? position : nil
    }

    /// An end or the step of a slice of `value`; nil for `none`.
    func sliceBound(_ bound: JinjaValue, of value: JinjaValue) throws(TemplateError) -> Int? {
        switch value {
        case .undefined(let undefined): throw failure(undefined.message)
        case .text, .list, .tuple, .range: break
        case .object(let object) where object is JinjaBytes: break
        default: throw failure(notSliceable(value))
        }
        if bound.isNone { return nil }
        if case .big(let number) = bound { return number.isNegative ? -Int.max : Int.max }
        guard let index = bound.index else {
            throw failure("slice indices must be integers or None or have an __index__ method")
        }
        return index
    }

    private func notSliceable(_ value: JinjaValue) -> String {
        if case .dictionary = value { return "unhashable type: 'slice'" }
        return "'\(value.typeName)' object is not subscriptable"
    }

    /// `value[start:stop:step]`
    func slice(_ value: JinjaValue, from start: Int?, to stop: Int?, by step: Int?) throws(TemplateError) -> JinjaValue
    {
        if case .undefined(let undefined) = value { throw failure(undefined.message) }
        guard step != 0 else { throw failure("slice step cannot be zero") }
        let step = step ?? 1
        func indices(_ count: Int) -> JinjaRange {
            Self.sliceIndices(count, start, stop, step)
        }
        switch value {
        case .text(let text):
            let range = indices(text.count)
            try reserve(bytes: text.bytes.count)
            if step == 1 {
                guard range.count > 0 else { return .text(text.slice(0..<0)) }
                let begin = text.byteOffset(of: range.start)
                return .text(text.slice(begin..<max(begin, text.byteOffset(of: range.start + range.count))))
            }
            try spend(text.bytes.count)
            let characters = text.characters
            var out = JinjaText()
            for index in 0..<range.count { out.append(characters[range[index]]) }
            out.isSafe = text.isSafe
            return .text(out)
        case .list(let list):
            let range = indices(list.elements.count)
            return try self.list((0..<range.count).map { list.elements[range[$0]] })
        case .tuple(let list):
            let range = indices(list.elements.count)
            return try tuple((0..<range.count).map { list.elements[range[$0]] })
        case .range(let whole):
            let range = indices(whole.count)
            let (product, overflows) = whole.step.multipliedReportingOverflow(by: step)
            guard !overflows || range.count < 2 else { throw excess("a number is too large") }
            let by = overflows ? whole.step : product
            return .range(
                JinjaRange(start: whole[range.start], step: by, count: range.count, stop: whole[range.stop]))
        case .object(let data as JinjaBytes):
            let range = indices(data.bytes.count)
            try reserve(bytes: range.count)
            return .object(JinjaBytes((0..<range.count).map { data.bytes[range[$0]] }, origin: data.origin))
        default: throw failure(notSliceable(value))
        }
    }

    /// The indices a slice takes of `count` elements.
    static func sliceIndices(_ count: Int, _ start: Int?, _ stop: Int?, _ step: Int) -> JinjaRange {
        let lowest = step > 0 ? 0 : -1
        let highest = step > 0 ? count : count - 1
        func clamped(_ index: Int?, _ fallback: Int) -> Int {
            guard let index else { return fallback }
            let position = index < 0 ? index.addingReportingOverflow(count).partialValue : index
            return min(max(position, lowest), highest)
        }
        let first = clamped(start, step > 0 ? 0 : count - 1)
        let end = clamped(stop, step > 0 ? count : -1)
        let distance = step > 0 ? end - first : first - end
        let size = Int(clamping: step.magnitude)
        return JinjaRange(start: first, step: step, count: distance > 0 ? (distance - 1) / size + 1 : 0, stop: end)
    }

    /// Whether a loop over `value` is possible.
    static func isIterable(_ value: JinjaValue) -> Bool {
        switch value {
        case .text, .list, .tuple, .dictionary, .range, .undefined: true
        case .object(let object):
            object is JinjaGenerator || object is JinjaView || object is JinjaLoop || object is JinjaBytes
        default: false
        }
    }

    /// What a loop over `value` gives.
    func elements(of value: JinjaValue) throws(TemplateError) -> [JinjaValue] {
        switch value {
        case .list(let list), .tuple(let list):
            try spend(list.elements.count)
            return list.elements
        case .dictionary(let dictionary):
            try reserve(elements: dictionary.entries.count)
            return dictionary.entries.map(\.key)
        case .undefined: return []
        case .text(let text):
            try reserve(elements: text.bytes.count)
            return text.characters.map { character in
                var character = character
                character.isSafe = false
                return .text(character)
            }
        case .range(let range):
            try reserve(elements: range.count)
            return (0..<range.count).map { .integer(range[$0]) }
        case .object(let object):
            if let elements = try object.elements(in: self) {
                try spend(elements.count)
                return elements
            }
        default: break
        }
        throw failure("'\(value.typeName)' object is not iterable")
    }
}
