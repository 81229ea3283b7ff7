"""What differs beyond chance: between two folders of results, and between the outputs of rows sentence by sentence.

    python -m bench.compare results/A results/B          which rows moved beyond the noise of their seeds
    python -m bench.compare results/A --by-sentence      each row's outputs against the baseline row's, by sentence

Both read records, the second the outputs beside them too; neither trains or decodes.
"""
