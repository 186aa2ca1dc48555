"""What changes the rows of people and plans: one function for every verb, whoever calls."""
