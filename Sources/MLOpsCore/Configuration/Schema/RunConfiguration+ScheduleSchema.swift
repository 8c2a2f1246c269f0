extension RunConfiguration {
    /// The keys that some schedules of the learning rate take.
    static func schedule(
        _ make: ConfigurationBindings<RunConfiguration>
    ) -> [ConfigurationBinding<RunConfiguration>] {
        let group = "lr_scheduler_kwargs."
        func shape(
            _ name: String,
            _ path: any WritableKeyPath<RunConfiguration, SchedulerSettings.Shape?> & Sendable, _ summary: String
        ) -> ConfigurationBinding<RunConfiguration> {
            ConfigurationBinding(
                group + name, .choice(SchedulerSettings.Shape.allCases.map(\.rawValue)), isNullable: true,
                defaults: make.defaults, summary,
                read: { $0[keyPath: path].map { .string($0.rawValue) } ?? .null },
                write: { $0[keyPath: path] = $1.string.flatMap(SchedulerSettings.Shape.init(rawValue:)) })
        }
        return [
            make.number(
                group + "num_cycles", \.optimization.scheduleSettings.cycles, .above(0),
                "Waves of the cosine (0.5 unless said: it falls once); of cosine_with_restarts, how often it falls."),
            make.number(
                group + "power", \.optimization.scheduleSettings.power, .atLeast(0),
                "The exponent of polynomial; 1 unless said."),
            make.number(
                group + "lr_end", \.optimization.scheduleSettings.endRate, .atLeast(0),
                "The rate polynomial ends with; 1e-7 unless said."),
            make.integer(
                group + "timescale", \.optimization.scheduleSettings.timescale, 1..., unit: "optimizer steps",
                "How slowly inverse_sqrt falls; the warm-up's length unless said, without one 10000."),
            make.number(
                group + "min_lr", \.optimization.scheduleSettings.minimumRate, .atLeast(0),
                "The rate cosine_with_min_lr and cosine_warmup_with_min_lr end with."),
            make.number(
                group + "min_lr_rate", \.optimization.scheduleSettings.minimumShare, .from(0, to: 1),
                unit: "share of lr", "The same as a share."),
            make.number(
                group + "warmup_lr_rate", \.optimization.scheduleSettings.warmupShare, .from(0, to: 1),
                unit: "share of lr", "The rate the warm-up of cosine_warmup_with_min_lr begins with."),
            make.integer(
                group + "num_stable_steps", \.optimization.scheduleSettings.stableSteps, 0...,
                unit: "optimizer steps", "Steps at the peak in warmup_stable_decay; what is left unless said."),
            make.integer(
                group + "num_decay_steps", \.optimization.scheduleSettings.decaySteps, 0..., unit: "optimizer steps",
                "Steps in which warmup_stable_decay falls; it needs the number."),
            shape(
                "warmup_type", \.optimization.scheduleSettings.warmupShape,
                "How warmup_stable_decay rises; linear unless said."),
            shape(
                "decay_type", \.optimization.scheduleSettings.decayShape,
                "How warmup_stable_decay falls; cosine unless said."),
        ]
    }
}
