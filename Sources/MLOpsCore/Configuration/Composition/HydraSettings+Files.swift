/// The configurations of the group `hydra`: what Hydra's own say, but for its texts of help, which nothing here reads.
extension HydraSettings {
    /// The configurations by name.
    static let texts: [String: String] = [
        "hydra/config": """
        defaults:
          - output: default
          - launcher: basic
          - sweeper: basic
          - help: default
          - hydra_help: default
          - hydra_logging: default
          - job_logging: default
          - callbacks: null
          - env: default
          - _self_

        mode: null
        searchpath: []
        run:
          dir: ???
        sweep:
          dir: ???
          subdir: ???
        hydra_logging: ???
        job_logging: ???
        sweeper: ???
        launcher: ???
        callbacks: {}
        help:
          app_name: ???
          header: ???
          footer: ???
          template: ???
        hydra_help:
          hydra_help: ???
          template: ???
        output_subdir: .hydra
        overrides:
          hydra: []
          task: []
        job:
          name: ???
          chdir: null
          override_dirname: ???
          id: ???
          num: ???
          config_name: ???
          env_set: {}
          env_copy: []
          config:
            override_dirname:
              kv_sep: '='
              item_sep: ','
              exclude_keys: []
        runtime:
          version: ???
          version_base: ???
          cwd: ???
          config_sources: ???
          output_dir: ???
          choices: {}
        verbose: false
        """,
        "hydra/output/default": """
        # @package hydra
        run:
          dir: outputs/${now:%Y-%m-%d}/${now:%H-%M-%S}
        sweep:
          dir: multirun/${now:%Y-%m-%d}/${now:%H-%M-%S}
          subdir: ${hydra.job.num}
        """,
        "hydra/launcher/basic": "_target_: hydra._internal.core_plugins.basic_launcher.BasicLauncher\n",
        "hydra/sweeper/basic": """
        _target_: hydra._internal.core_plugins.basic_sweeper.BasicSweeper
        max_batch_size: null
        params: null
        """,
        "hydra/env/default": "{}\n",
        "hydra/help/default": "app_name: ${hydra.job.name}\nheader: ''\nfooter: ''\ntemplate: ''\n",
        "hydra/hydra_help/default": "template: ''\nhydra_help: ???\n",
        "hydra/hydra_logging/default": logging(
            format: "[%(asctime)s][HYDRA] %(message)s", handlers: [console], loggers: "logging_example"),
        "hydra/hydra_logging/disabled": silent,
        "hydra/hydra_logging/hydra_debug": logging(
            format: everything,
            handlers: [
                ("file", ["mode: w", "formatter: simple", "filename: hydra-${hydra.job.name}.log", "delay: true"])
            ],
            level: "ERROR", loggers: "hydra"),
        "hydra/hydra_logging/none": unset,
        "hydra/job_logging/default": logging(format: everything, handlers: [console, file]),
        "hydra/job_logging/disabled": silent,
        "hydra/job_logging/none": unset,
        "hydra/job_logging/stdout": logging(format: "%(message)s", handlers: [console]),
    ]

    private static let everything = "[%(asctime)s][%(name)s][%(levelname)s] - %(message)s"
    private static let silent = "version: 1\nroot:\n  level: ERROR\ndisable_existing_loggers: true\n"
    private static let unset = "version: 1\nroot: null\ndisable_existing_loggers: false\n"
    private static let console = ("console", ["formatter: simple", "stream: ext://sys.stdout"])
    private static let file = (
        "file", ["formatter: simple", "filename: ${hydra.runtime.output_dir}/${hydra.job.name}.log"]
    )

    /// A configuration of Python's logging.
    private static func logging(
        format: String, handlers: [(name: String, lines: [String])], level: String = "INFO", loggers: String? = nil
    ) -> String {
        var text = "version: 1\nformatters:\n  simple:\n    format: '\(format)'\nhandlers:\n"
        for (name, lines) in handlers {
            let kind = name == "console" ? "StreamHandler" : "FileHandler"
            text += "  \(name):\n    class: logging.\(kind)\n" + lines.map { "    \($0)\n" }.joined()
        }
        text += "root:\n  level: \(level)\n  handlers: [\(handlers.map(\.name).joined(separator: ", "))]\n"
        if let loggers { text += "loggers:\n  \(loggers):\n    level: DEBUG\n" }
        return text + "disable_existing_loggers: false\n"
    }
}
