"""What differs beyond chance: between two folders of results, and between the outputs of rows sentence by sentence.

    python -m bench.compare results/A results/B          which rows moved beyond the noise of their seeds
    python -m bench.compare results/A --by-sentence      F1, tag accuracy and BLEU against the baseline row, by sentence

Both read records, the second the predictions beside them too; neither trains or decodes.
"""
