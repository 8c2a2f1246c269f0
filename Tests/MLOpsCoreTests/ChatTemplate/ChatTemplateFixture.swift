import Foundation
import MLOpsCore
import OrderedCollections
import TestSupport

/// Reading of `Tests/Fixtures/ChatTemplate`, and the input it was rendered with.
enum ChatTemplateFixture {
    static func document(_ name: String) throws -> JSONValue {
        try JSONValue(parsing: Data(contentsOf: Fixture.url("ChatTemplate/\(name)")))
    }

    static func template(_ name: String) throws -> String {
        try String(contentsOf: Fixture.url("ChatTemplate/templates/\(name).jinja"), encoding: .utf8)
    }

    /// What a template is given: `messages`, and everything else as a variable.
    static func input(_ context: JSONValue?) throws -> ChatTemplateInput {
        var variables = context?.object ?? [:]
        let messages = variables.removeValue(forKey: "messages")?.array ?? []
        return ChatTemplateInput(messages: messages, variables: variables, now: now)
    }

    /// The moment the script's `strftime_now` tells, in local time.
    static let now: Date = {
        let parts = DateComponents(year: 2025, month: 3, day: 4, hour: 5, minute: 6, second: 7)
        return Calendar(identifier: .gregorian).date(from: parts) ?? .distantPast
    }()

    /// The text, or nil when the template or its rendering fails.
    static func text(_ source: String, _ input: ChatTemplateInput) -> String? {
        try? ChatTemplate(source).rendering(input).text
    }
}
