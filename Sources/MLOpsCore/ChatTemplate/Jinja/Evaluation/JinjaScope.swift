/// The variables of one place in a template, inside those of the place around it.
final class JinjaScope {
    private let parent: JinjaScope?
    private var values: [(name: Int, value: JinjaValue)] = []

    init(parent: JinjaScope?) { self.parent = parent }

    /// The value of a name, here or further out.
    func value(_ name: Int) -> JinjaValue? {
        var scope: JinjaScope? = self
        while let current = scope {
            for entry in current.values where entry.name == name { return entry.value }
            scope = current.parent
        }
        return nil
    }

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
