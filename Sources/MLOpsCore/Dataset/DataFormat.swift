/// How the rows of a data set are written: what `data_format` accepts.
public enum DataFormat: String, Sendable, Hashable, Codable, CaseIterable {
    /// Whatever each row looks like.
    case auto
    /// Conversations only: `{"messages": […]}` or sharegpt's `{"conversations": […]}`.
    case messages
    /// Questions with one answer only: `prompt`/`completion` or `instruction`[/`input`]/`output`|`response`.
    case promptCompletion = "prompt_completion"
    /// Texts only, to be learned whole: `{"text": …}`.
    case text
    /// Token ids only: `{"input_ids": […], "labels": […]}`, where the label -100 means "not learned".
    case tokenized
}

/// The shape one row was written in.
public enum RowShape: String, Sendable, Hashable, Codable, CaseIterable {
    /// `{"messages": [{"role": …, "content": …}, …]}`
    case messages
    /// `{"conversations": [{"from": …, "value": …}, …]}`
    case shareGPT = "sharegpt"
    /// `{"prompt": …, "completion": …}`
    case promptCompletion = "prompt_completion"
    /// `{"instruction": …, "input": …, "output": …}`; `input` may be missing, and `output` may be called `response`.
    case instruction
    /// `{"input_ids": […], "labels": […]}`
    case tokenized
    /// `{"text": …}`
    case text

    /// The format that admits only rows such as this one.
    public var format: DataFormat {
        switch self {
        case .messages, .shareGPT: .messages
        case .promptCompletion, .instruction: .promptCompletion
        case .tokenized: .tokenized
        case .text: .text
        }
    }
}

/// What becomes of a data set with rows that cannot be used.
public enum InvalidRowPolicy: String, Sendable, Hashable, Codable, CaseIterable {
    /// Nothing is used until every row is right.
    case error
    /// The wrong rows are left out, and counted in the report. A file that cannot be read to its end stays an error.
    case skip
}

/// What becomes of rows with more tokens than `max_length`.
public enum OverlengthPolicy: String, Sendable, Hashable, Codable, CaseIterable {
    /// They are named, and nothing is used.
    case error
    /// They are left out, and counted in the report.
    case drop
    /// They are cut at `max_length`, and counted in the report.
    case truncate
}
