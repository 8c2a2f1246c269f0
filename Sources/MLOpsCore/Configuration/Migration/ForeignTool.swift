/// A tool whose configurations can be carried over.
public enum ForeignTool: String, Sendable, CaseIterable {
    /// The flat YAML of the llm-training-workshop, which this project's own keys come from.
    case seed
    /// axolotl's YAML.
    case axolotl
    /// LLaMA-Factory's YAML of a training.
    case llamafactory
    /// The YAML that TRL's `sft` command takes.
    case trl
    /// The YAML of Unsloth's command line.
    case unsloth
    /// The YAML of `mlx_lm.lora`.
    case mlx

    /// What the tool does when its configuration says nothing, where that differs from ours: our key, its value, and why.
    var silentValues: [(key: String, value: JSONValue, reason: String)] {
        switch self {
        case .seed:
            [("overlength", "truncate", "it cuts rows that are too long")]
        case .axolotl:
            [
                ("overlength", "drop", "it drops rows that are too long"), ("test_size", 0, "it holds out no rows"),
                ("epochs", 1, "its num_epochs"),
            ]
        case .llamafactory:
            [
                ("overlength", "truncate", "it cuts rows that are too long"), ("test_size", 0, "it holds out no rows"),
                ("lr", 5e-5, "its learning rate"), ("batch_size", 8, "its batch size"), ("lora_r", 8, "its rank"),
                ("lora_alpha", 16, "twice its rank"), ("lora_dropout", 0, "its dropout"),
                ("max_length", 2048, "its cutoff_len"),
            ]
        case .trl:
            [
                ("overlength", "truncate", "it cuts rows that are too long"), ("test_size", 0, "it holds out no rows"),
                ("lr", 2e-5, "its learning rate"), ("batch_size", 8, "its batch size"),
                ("max_length", 1024, "its max_length"),
                ("max_grad_norm", 1, "its max_grad_norm"),
            ]
        case .unsloth:
            [("overlength", "truncate", "it cuts rows that are too long"), ("test_size", 0, "it holds out no rows")]
        case .mlx:
            [
                ("overlength", "truncate", "it cuts rows that are too long"),
                ("test_size", 0, "its validation rows are a file"),
                ("train_on", "all", "it learns every token unless mask_prompt is set"),
                ("max_length", 2048, "its max_seq_length"),
                ("lr", 1e-5, "its learning rate"), ("max_steps", 1000, "its iters"), ("lora_r", 8, "its rank"),
                ("lora_alpha", 160, "its scale times its rank"), ("lora_dropout", 0, "its dropout"),
                ("lr_scheduler_type", "constant", "its rate is constant"), ("max_grad_norm", .null, "it does not clip"),
            ]
        }
    }

    /// The method that a configuration without a word about it asks for: axolotl and TRL then train every weight.
    var silentMethod: String? {
        switch self {
        case .axolotl, .trl: "full"
        default: nil
        }
    }
}
