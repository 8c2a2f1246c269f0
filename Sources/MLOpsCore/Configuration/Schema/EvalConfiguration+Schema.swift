extension EvalConfiguration: ComposableConfiguration {
    /// Every key of an evaluation's configuration.
    public static let schema: ConfigurationSchema<EvalConfiguration> = {
        let start = EvalConfiguration(modelPath: "")
        let make = ConfigurationBindings(defaults: start)
        let own: [ConfigurationBinding<EvalConfiguration>] = [
            make.text(
                "model_path", \.modelPath, isRequired: true,
                "The model measured: a run, an adapter, a checkpoint, a model directory, a GGUF file, or a hub name."),
            make.text(
                "model_name", \.modelName, "The base model of an adapter; null: what the run or the adapter says."),
            make.text("dataset_path", \.datasetPath, "The test rows: a file, or a directory that holds the files."),
            make.text("dataset_pattern", \.datasetPattern, "Which files of the directory are read, as a glob."),
            make.choice("data_format", \.dataFormat, "The form of the rows; auto finds it out row by row."),
            make.choice(
                "on_invalid", \.onInvalid,
                "What happens to rows that cannot be used: error stops and names them; skip leaves them out, and counts and names them."
            ),
            make.text("output_dir", \.outputDirectory, "The directory that holds the reports."),
            make.integer(
                "max_samples", \.maximumSamples, 1..., unit: "rows",
                "The most rows evaluated, the first ones; null: all."),
            make.integer("batch_size", \.batchSize, 1..., unit: "prompts", "Prompts answered at a time."),
            make.names("metrics", \.metrics, "The metrics measured."),
            make.flag("perplexity", \.measuresPerplexity, "Measure the perplexity of the expected answers too."),
            make.choice(
                "precision", \.precision,
                "The number format of the matrix products: f32, or bf16 with sums in f32 (whole numbers where bf16 is slow)."
            ),
            make.flag(
                "baseline.enabled", \.comparesWithBaseline, "Evaluate the baseline on the same rows and compare."),
            make.text(
                "baseline.model_path", \.baselinePath,
                "The baseline: a model, or the metrics.json of an earlier evaluation; null: the base of the model measured."
            ),
        ]
        return ConfigurationSchema(
            title: "evaluation", start: start,
            bindings: own + GenerationOptions.bindings.map { $0.lifted(to: \.generation) }
                + GateConfiguration.bindings.map { $0.lifted(to: \.gate) },
            foreignNames: ForeignNames.inEvaluations)
    }()
}
