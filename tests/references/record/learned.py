import torch
from common import reference


def record():
    from transformers import BertConfig, GPT2Config, GPT2Model
    from transformers.models.bert.modeling_bert import BertEmbeddings

    def sum_seen_by(module, call):
        """What enters ``module`` (the first thing after the addition) while ``call`` runs."""
        seen = []
        handle = module.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach()))
        call()
        handle.remove()
        return seen[0]

    torch.manual_seed(0)
    rows, dim = 12, 8
    x = torch.randn(2, 5, dim)
    positions = torch.tensor([[0, 1, 2, 3, 4], [7, 8, 9, 10, 11]])

    bert = BertEmbeddings(BertConfig(vocab_size=20, hidden_size=dim, max_position_embeddings=rows)).eval()
    torch.nn.init.zeros_(bert.token_type_embeddings.weight)  # segments are no part of the scheme
    gpt2 = GPT2Model(GPT2Config(vocab_size=20, n_positions=rows, n_embd=dim, n_layer=1, n_head=2)).eval()

    found = []
    for called, module, model, weight in (
        ("bert.BertEmbeddings, before its LayerNorm", bert.LayerNorm, bert, bert.position_embeddings.weight),
        ("gpt2.GPT2Model, before its first dropout", gpt2.drop, gpt2, gpt2.wpe.weight),
    ):
        found.append(
            reference(
                "transformers",
                called,
                weight=weight.detach(),
                x=x,
                positions=positions,
                sum=sum_seen_by(module, lambda m=model: m(inputs_embeds=x, position_ids=positions)),
                sum_default_positions=sum_seen_by(module, lambda m=model: m(inputs_embeds=x)),
            )
        )
    return found
