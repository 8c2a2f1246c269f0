extension DecoderArchitecture {
    /// The families that can be described, by the name `config.json` and GGUF metadata use.
    public enum Family: String, Sendable, Hashable, CaseIterable {
        /// Llama and the many that share its shape (SmolLM2, TinyLlama, …).
        case llama
        /// Mistral: every layer may have a sliding window.
        case mistral
        /// Ministral: some layers have one.
        case ministral
        /// Qwen2 and 2.5: biases on query, key and value.
        case qwen2
        /// Qwen3: a norm on each head's queries and keys.
        case qwen3
        /// Gemma: scaled embeddings, norms around 1, GELU.
        case gemma
        /// Gemma 2: norms before and after, soft-caps, every other layer with a window.
        case gemma2
        /// Gemma 3, its text model: norms before and after, head norms, local layers with rotations of their own.
        case gemma3 = "gemma3_text"
        /// VaultGemma: Gemma 2 without the norms after attention and MLP.
        case vaultgemma
        /// Phi-3 and Phi-4: fused weights.
        case phi3
        /// SmolLM3: some layers without positions.
        case smollm3
        /// Granite: multipliers on embeddings, residuals, scores and logits.
        case granite
        /// OLMo: norms without weights, bounded queries, keys and values.
        case olmo
        /// OLMo 2: norms after attention and MLP, and on all queries and keys together.
        case olmo2
        /// OLMo 3: the same, with windows in some layers.
        case olmo3
        /// EXAONE 4: norms after attention and MLP, head norms; beside layers with windows, the others have no positions.
        case exaone4
        /// StableLM: norms about the mean with biases, a part of each head turned.
        case stablelm
        /// Seed-OSS: Llama with biases of query, key and value.
        case seedOSS = "seed_oss"
        /// GPT-NeoX (Pythia): attention and MLP beside each other, an MLP without gate, a weight of queries, keys and values by head.
        case gptNeoX = "gpt_neox"
        /// Phi 1, 1.5 and 2: the same with one norm, and a bias of the head.
        case phi
        /// StarCoder 2: norms about the mean, an MLP without gate.
        case starcoder2
        /// Cohere (Command R): attention and MLP beside each other, norms about the mean without biases, neighbours turned.
        case cohere
        /// Cohere 2 (Command R7B): the same with windows; layers without one have no positions.
        case cohere2
        /// GLM-4 of 2024: neighbours turned in a part of each head, gate and up as one weight.
        case glm
        /// GLM-4 of 2025: the same with norms before and after.
        case glm4
        /// Helium: Llama with neighbours turned.
        case helium
        /// Ernie 4.5: the same, with biases where it has them.
        case ernie = "ernie4_5"
        /// Hunyuan, dense: norms of each head after it was turned.
        case hunyuan = "hunyuan_v1_dense"
        /// Nemotron, Minitron: norms about the mean of 1 + w, an MLP without gate, the square of what is positive.
        case nemotron
        /// Arcee: Llama with such an MLP.
        case arcee
        /// Apertus: Llama with head norms and an MLP without gate, whose activation has weights.
        case apertus
        /// GPT-2: a learned vector for each position, norms about the mean, biases, an MLP without gate; weights stored transposed.
        case gpt2
        /// Falcon: attention and MLP beside each other, heads in groups of one weight, norms about the mean.
        case falcon
        /// OPT: a learned vector for each position, norms about the mean, biases, an MLP without gate.
        case opt
        /// GPT-J: attention and MLP beside each other with one norm, neighbours turned in a part of each head, a bias of the head.
        case gptj
        /// StarCoder, SantaCoder: GPT-2 with one key and one value for all heads; weights stored as others store them.
        case gptBigCode = "gpt_bigcode"
        /// BLOOM: scores that fall with distance instead of positions, a norm of the embeddings, norms about the mean, biases.
        case bloom
        /// MPT: such scores, norms about the mean without biases, an MLP without gate.
        case mpt
        /// InternLM 3: Llama under other defaults.
        case internlm3
        /// IQuest-Coder: Llama under other defaults.
        case iquestcoder
        /// CWM: Llama with windows in three of four layers.
        case cwm
        /// HyperCLOVA X: Granite with norms after attention and MLP too.
        case hyperclovax
        /// Jais 2: norms about the mean, biases, an MLP without gate, the square of what is positive.
        case jais2
        /// Ministral 3: Mistral whose queries grow with their positions.
        case ministral3
        /// GPT-Neo: GPT-2 with scores as they are, windows in some layers, and biases behind attention alone.
        case gptNeo = "gpt_neo"
        /// CodeGen: GPT-J with one weight of queries, values and keys in four parts.
        case codegen
        /// BioGPT: OPT with scaled embeddings.
        case biogpt
        /// Persimmon: GPT-NeoX one after the other, with norms of each head and the square of what is positive.
        case persimmon
        /// Granite 4 without state-space layers and experts: Granite with gate and up as one weight, maybe without positions.
        case graniteHybrid = "granitemoehybrid"
        /// nanochat: norms without weights, of the embeddings too, heads turned the other way round, logits with a bound.
        case nanochat
    }
}
