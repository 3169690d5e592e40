"""The pages of an installation that holds ten thousand areas."""
