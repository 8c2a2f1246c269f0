/// The variables of one place in a template, inside those of the place around it.
final class JinjaScope {
    private let parent: JinjaScope?
    private var values: [(name: Int, value: JinjaValue)] = []
    /// Names that are found here only, once they are set.
    private var hidden: Set<Int> = []
    /// Whether this place looks past what others hide, as `{% block %}` does.
    private let seesHidden: Bool

    init(parent: JinjaScope?, seesHidden: Bool = false) {
        self.parent = parent
        self.seesHidden = seesHidden
    }

    /// The value of a name, here or further out.
    func value(_ name: Int) -> JinjaValue? {
        var scope: JinjaScope? = self
        var sees = false
        while let current = scope {
            for entry in current.values where entry.name == name { return entry.value }
            sees = sees || current.seesHidden
            if !sees, !current.hidden.isEmpty, current.hidden.contains(name) { return nil }
            scope = current.parent
        }
        return nil
    }

    /// Hides what the names are further out.
    func hide(_ names: [Int]) { hidden.formUnion(names) }

    /// Sets a name here; further out nothing changes.
    func set(_ name: Int, _ value: JinjaValue) {
        for index in values.indices where values[index].name == name {
            values[index].value = value
            return
        }
        values.append((name, value))
    }

    /// Lets go of everything, at the end of a rendering.
    func clear() { values = [] }
}
