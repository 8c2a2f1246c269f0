import Foundation
import MLOpsCore

/// One thing `mlops doctor` looked at.
struct Finding: Sendable, Hashable {
    /// What a finding means for the work.
    enum State: String, Sendable, Hashable {
        /// There, and as it should be.
        case fine
        /// Something works worse, or one feature not at all.
        case limited
        /// The main job cannot work.
        case missing
    }

    /// What was looked at, in a word or two.
    let subject: String
    let state: State
    /// What was found.
    let value: String
    /// What to do about it; empty when nothing is to be done.
    var remedy = ""

    var json: JSONValue {
        [
            "subject": .string(subject), "state": .string(state.rawValue), "value": .string(value),
            "remedy": remedy.isEmpty ? .null : .string(remedy),
        ]
    }

    /// A line for people; a second one says what to do.
    func text(subjectWidth: Int) -> String {
        let mark =
            switch state {
            case .fine: "ok     "
            case .limited: "limited"
            case .missing: "MISSING"
            }
        let name = subject.padding(toLength: subjectWidth, withPad: " ", startingAt: 0)
        return "\(mark)  \(name)  \(value)" + (remedy.isEmpty ? "" : "\n         → \(remedy)")
    }
}
