"""Stock-taking by room with telephones: campaigns, counts, differences, signed reports."""
